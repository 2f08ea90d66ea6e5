// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "machine/lock.hpp"
#include "machine/migration.hpp"
#include "machine/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

#include <fstream>
#include <vector>

using namespace dmachine;
using machine::Store;
namespace fs = std::filesystem;

namespace {

const fs::path samples = fs::path(DMACHINE_SOURCE_DIR) / "tests/data/stores";

std::vector<fs::path> samples_of(const std::string& version) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(samples / version)) {
    all.push_back(entry.path());
  }
  return all;
}

machine::MachinePlace place_of(const std::string& name) {
  return {name, "/srv/store", "/srv/store/machines/" + name};
}

std::string migrated(const std::string& text, const std::string& name) {
  return to_go_json(machine::migrate(machine::parse_config(text), place_of(name)));
}

/// A line of the reference's result that is not ours.
struct Difference {
  std::string sample;
  std::string reference;
  std::string ours;
};

std::string driver_store(const std::string& path) {
  return "\n        \"StorePath\": \"" + path + "\"";
}
std::string auth_store(const std::string& path) {
  return "\n            \"StorePath\": \"" + path + "\"";
}
std::string cert_dir(const std::string& path) {
  return "\n            \"CertDir\": \"" + path + "\"";
}

/// AuthOptions.StorePath is the machine's folder, as in files of version 3, and no path is relative
/// to wherever the program happens to run, unless the old file said so.
const std::vector<Difference>& differences() {
  const std::string store = "/srv/store";
  const std::string certs = store + "/certs";
  const std::string folder = store + "/machines/";
  static const std::vector<Difference> all = [&] {
    std::vector<Difference> list;
    for (const std::string name :
         {"bare", "flat-none", "flat-virtualbox", "no-store-path", "swarm-master"}) {
      list.push_back({"v0/" + name, cert_dir("certs"), cert_dir(certs)});
      list.push_back({"v0/" + name, auth_store("."), auth_store(folder + name)});
    }
    for (const std::string name :
         {"v0/bare", "v0/no-store-path", "v2/google", "v2/none", "v2/no-options"}) {
      list.push_back({name, driver_store("."), driver_store(store)});
    }
    for (const std::string name : {"google", "labelled", "lower-case", "no-swarm", "none"}) {
      list.push_back({"v1/" + name, auth_store(store), auth_store(folder + name)});
    }
    list.push_back({"v1/relative", auth_store("rel"), auth_store("rel/machines/relative")});
    list.push_back({"v1/slash", driver_store(store + "/machines"), driver_store(store)});
    list.push_back({"v1/slash", cert_dir(store + "/machines/certs"), cert_dir(certs)});
    list.push_back({"v1/slash", auth_store(store + "/machines"), auth_store(folder + "slash")});
    return list;
  }();
  return all;
}

/// The reference's result with our differences, each of which must occur.
std::string expected(const std::string& sample) {
  std::string text = read_file(samples / sample / "reference.json");
  for (const auto& difference : differences()) {
    if (difference.sample == sample) {
      const auto at = text.find(difference.reference);
      REQUIRE(at != std::string::npos);
      text.replace(at, difference.reference.size(), difference.ours);
    }
  }
  return text;
}

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

std::string failure_of(const std::string& text) {
  try {
    migrated(text, "m1");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("old config.json files become what Docker Machine makes of them, but for broken paths") {
  std::size_t count = 0;
  for (const std::string version : {"v0", "v1", "v2"}) {
    for (const auto& sample : samples_of(version)) {
      const std::string name = sample.filename().string();
      INFO(version << "/" << name);
      CHECK(migrated(read_file(sample / "config.json"), name) == expected(version + "/" + name));
      ++count;
    }
  }
  CHECK(count == 16);
}

TEST_CASE("files of version 3 are written back byte by byte") {
  std::size_t count = 0;
  for (const auto& sample : samples_of("v3")) {
    INFO(sample);
    const std::string text = read_file(sample / "config.json");
    const Json config = machine::parse_config(text);
    CHECK(to_go_json(machine::machine_from_json(config["Name"], config).to_json()) == text);
    ++count;
  }
  CHECK(count >= 6);
}

TEST_CASE("what a file lacked stays null, and its empty lists stay what they were") {
  for (const std::string sample : {"v0/bare", "v1/no-swarm", "v2/no-options"}) {
    const std::string text = expected(sample);
    const Json config = machine::parse_config(text);
    const Json written = machine::machine_from_json(config["Name"], config).to_json();
    CHECK(to_go_json(written["HostOptions"]) == to_go_json(config["HostOptions"]));
  }
}

TEST_CASE("keys that Docker Machine does not know survive a migration") {
  const Json config = machine::parse_config(
      R"({"ConfigVersion": 1, "Extra": 1.0, "storepath": "/s/machines/m1", "Driver": {"b": 1, "a": -0},
          "HostOptions": {"Future": [], "AuthOptions": {"ServerName": "x", "privatekeypath": "k"}}})");
  const Json result = machine::migrate(config, place_of("m1"));
  CHECK(to_go_json_compact(result["Extra"]) == "1.0");
  CHECK(to_go_json_compact(result["Driver"]) == R"({"StorePath":"/s","a":-0,"b":1})");
  CHECK(result["HostOptions"]["Future"] == Json::array());
  CHECK(result["HostOptions"]["AuthOptions"]["ServerName"] == "x");
  CHECK(result["HostOptions"]["AuthOptions"]["CaPrivateKeyPath"] == "k");
  CHECK_FALSE(result["HostOptions"]["AuthOptions"].contains("privatekeypath"));
  CHECK_FALSE(result.contains("storepath"));
}

TEST_CASE("an old config.json that cannot be migrated says why") {
  const std::string begin = "Error getting migrated host: ";
  CHECK(
      failure_of(R"({"SwarmMaster": "yes", "Driver": {}})") ==
      begin +
          "Error unmarshalling host config version 0: json: cannot unmarshal string into Go struct "
          "field V0.SwarmMaster of type bool");
  CHECK(
      failure_of(R"({"StorePath": 1})") ==
      begin +
          "json: cannot unmarshal number into Go struct field MetadataV0.StorePath of type string");
  CHECK_THAT(failure_of(R"({"ConfigVersion": 2, "Driver": [1]})"),
             StartsWith(begin + "Error unmarshalling host config version 2: json: cannot unmarshal "
                                "array into Go struct field"));
  CHECK_THAT(failure_of(R"({"ConfigVersion": 1, "HostOptions": 5})"),
             StartsWith(begin + "Error unmarshalling host config version 1: "));
  CHECK(failure_of(R"({"ConfigVersion": 1})").empty());
  CHECK(failure_of("{}").empty());
}

TEST_CASE("loading an old machine saves it as version 3 beside a copy of what was there") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const std::string old = read_file(samples / "v1/labelled/config.json");
  const fs::path path = folder / "machines/labelled/config.json";
  put(path, old);
  const auto loaded = store.load("labelled");
  CHECK(loaded.driver_name == "virtualbox");
  CHECK(loaded.options.engine.labels == std::vector<std::string>{"a=b", "rack=7"});
  CHECK(read_file(path) == expected("v1/labelled"));
  CHECK(read_file(path.string() + ".bak") == old);
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path.string() + ".bak") == 0600);
  CHECK_FALSE(fs::exists(folder / "machines/.labelled.lock"));
}

TEST_CASE("a machine that somebody works on is migrated in memory only") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const std::string old = read_file(samples / "v0/flat-none/config.json");
  const fs::path path = folder / "machines/flat-none/config.json";
  put(path, old);
  const auto lock = machine::MachineLock::take(store, "flat-none");
  const auto loaded = store.load("flat-none");
  CHECK(loaded.options.auth.ca_cert_path == "/srv/store/certs/ca.pem");
  CHECK(read_file(path) == old);
  CHECK_FALSE(fs::exists(path.string() + ".bak"));
  // Whoever holds the lock saves, and then the copy is made.
  store.save(loaded);
  CHECK(read_file(path.string() + ".bak") == old);
  CHECK(machine::config_version(machine::parse_config(read_file(path))) == 3);
}

TEST_CASE("an old machine can be used in a store that cannot be written to") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const std::string old = read_file(samples / "v2/none/config.json");
  const fs::path path = folder / "machines/none/config.json";
  put(path, old);
  fs::create_directories(path.string() + ".bak/in-the-way");
  CHECK(store.load("none").driver_name == "none");
  CHECK(read_file(path) == old);
}

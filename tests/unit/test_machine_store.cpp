// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "machine/lock.hpp"
#include "machine/store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

#include <fstream>

using namespace dmachine;
using machine::Store;

namespace {

/// A machine's config.json as docker-machine 0.16.2 writes it, driver none.
std::string reference_config(const std::string& store, const std::string& name) {
  std::string text = R"({
    "ConfigVersion": 3,
    "Driver": {
        "IPAddress": "127.0.0.1:2376",
        "MachineName": "NAME",
        "SSHUser": "",
        "SSHPort": 0,
        "SSHKeyPath": "",
        "StorePath": "STORE",
        "SwarmMaster": false,
        "SwarmHost": "",
        "SwarmDiscovery": "",
        "URL": "tcp://127.0.0.1:2376?a=1\u0026b=\u003c2\u003e"
    },
    "DriverName": "none",
    "HostOptions": {
        "Driver": "",
        "Memory": 0,
        "Disk": 0,
        "EngineOptions": {
            "ArbitraryFlags": [],
            "Dns": null,
            "GraphDir": "",
            "Env": [],
            "Ipv6": false,
            "InsecureRegistry": [],
            "Labels": [],
            "LogLevel": "",
            "StorageDriver": "",
            "SelinuxEnabled": false,
            "TlsVerify": true,
            "RegistryMirror": [],
            "InstallURL": "https://get.docker.com"
        },
        "SwarmOptions": {
            "IsSwarm": false,
            "Address": "",
            "Discovery": "",
            "Agent": false,
            "Master": false,
            "Host": "tcp://0.0.0.0:3376",
            "Image": "swarm:latest",
            "Strategy": "spread",
            "Heartbeat": 0,
            "Overcommit": 0,
            "ArbitraryFlags": [],
            "ArbitraryJoinFlags": [],
            "Env": null,
            "IsExperimental": false
        },
        "AuthOptions": {
            "CertDir": "STORE/certs",
            "CaCertPath": "STORE/certs/ca.pem",
            "CaPrivateKeyPath": "STORE/certs/ca-key.pem",
            "CaCertRemotePath": "",
            "ServerCertPath": "STORE/machines/NAME/server.pem",
            "ServerKeyPath": "STORE/machines/NAME/server-key.pem",
            "ClientKeyPath": "STORE/certs/key.pem",
            "ServerCertRemotePath": "",
            "ServerKeyRemotePath": "",
            "ClientCertPath": "STORE/certs/cert.pem",
            "ServerCertSANs": [],
            "StorePath": "STORE/machines/NAME"
        }
    },
    "Name": "NAME"
})";
  for (const auto& [from, to] :
       {std::pair{std::string("STORE"), store}, {std::string("NAME"), name}}) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

void put(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string failure_of(const Store& store, const std::string& name) {
  try {
    store.load(name);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a config.json of Docker Machine is written back byte by byte") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const std::string text = reference_config(folder.path().string(), "m1");
  put(folder / "machines/m1/config.json", text);
  const auto loaded = store.load("m1");
  CHECK(to_go_json(loaded.to_json()) == text);
}

TEST_CASE("keys that we do not know survive at every level") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  Json json = parse_json(reference_config(folder.path().string(), "m1"));
  json["Future"] = {{"a", 1}};
  json["Driver"]["ResolvedZone"] = "z";
  json["HostOptions"]["Extra"] = true;
  json["HostOptions"]["EngineOptions"]["New"] = "x";
  json["HostOptions"]["AuthOptions"]["ServerName"] = "m1";
  put(folder / "machines/m1/config.json", to_go_json(json));
  const auto loaded = store.load("m1");
  store.save(loaded);
  CHECK(parse_json(read_file(folder / "machines/m1/config.json")) == json);
  CHECK(machine::tls_files(loaded.options.auth).server_name == "m1");
}

TEST_CASE("keys are read in any case, and the folder names the machine") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  std::string text = reference_config(folder.path().string(), "m1");
  for (const std::string key : {"DriverName", "HostOptions", "ServerCertPath"}) {
    std::string lower = key;
    for (char& c : lower) {
      c = static_cast<char>(std::tolower(c));
    }
    text.replace(text.find('"' + key + '"') + 1, key.size(), lower);
  }
  put(folder / "machines/renamed/config.json", text);
  const auto loaded = store.load("renamed");
  CHECK(loaded.driver_name == "none");
  CHECK(loaded.name == "renamed");
  CHECK(loaded.options.auth.server_cert_path == folder.path().string() + "/machines/m1/server.pem");
}

TEST_CASE("unreadable machines say why, in the reference's words") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const std::string machines = folder.path().string() + "/machines";
  std::filesystem::create_directories(machines + "/empty-folder");
  put(machines + "/empty/config.json", "");
  put(machines + "/cut/config.json", R"({"ConfigVersion": 3, "Driver")");
  put(machines + "/text/config.json", "hello");
  put(machines + "/list/config.json", "[]");
  put(machines + "/null/config.json", "null");
  put(machines + "/future/config.json", R"({"ConfigVersion": 4})");
  put(machines + "/type/config.json", R"({"ConfigVersion": "3"})");
  put(machines + "/port/config.json",
      R"({"ConfigVersion": 3, "DriverName": "none", "Driver": {"SSHPort": "22"}})");
  put(machines + "/file", "");

  CHECK(failure_of(store, "empty-folder") ==
        "open " + machines + "/empty-folder/config.json: no such file or directory");
  CHECK(failure_of(store, "file") == "open " + machines + "/file/config.json: not a directory");
  CHECK(failure_of(store, "empty") == "Error getting migrated host: unexpected end of JSON input");
  CHECK(failure_of(store, "cut") == "Error getting migrated host: unexpected end of JSON input");
  CHECK(failure_of(store, "text") ==
        "Error getting migrated host: invalid character 'h' looking for beginning of value");
  CHECK(failure_of(store, "list") ==
        "Error getting migrated host: json: cannot unmarshal array into Go value of type "
        "host.MetadataV0");
  CHECK_THAT(failure_of(store, "null"), StartsWith("Error getting migrated host: "));
  CHECK(failure_of(store, "future") ==
        "Error getting migrated host: config version is from the future -- you should upgrade your "
        "Docker Machine client");
  CHECK(failure_of(store, "type") ==
        "Error getting migrated host: json: cannot unmarshal string into Go struct field "
        "MetadataV0.ConfigVersion of type int");
  CHECK(failure_of(store, "port") ==
        "json: cannot unmarshal string into Go struct field Driver.SSHPort of type int");
  CHECK_THAT(failure_of(store, "missing"),
             StartsWith("Docker machine \"missing\" does not exist. Use \"docker-machine ls\""));
}

TEST_CASE("names that reach other places are nobody's machine") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  put(folder / "machines/a/config.json", reference_config(folder.path().string(), "a"));
  for (const std::string name : {"", ".", "..", "../machines/a", "a/", "/a"}) {
    CHECK_THAT(failure_of(store, name), ContainsSubstring("does not exist"));
  }
}

TEST_CASE("a save that the reference was killed in is recovered") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  put(folder / "machines/m1/config.json.tmp123", reference_config(folder.path().string(), "m1"));
  put(folder / "machines/m1/config.json.tmp124", R"({"ConfigVersion")");
  CHECK(store.load("m1").driver_name == "none");
}

TEST_CASE("only folders are listed, sorted by bytes, and reading makes nothing") {
  const test::TempFolder folder;
  CHECK(Store((folder / "absent").string()).names().empty());
  CHECK_FALSE(std::filesystem::exists(folder / "absent"));
  const Store store(folder.path().string());
  for (const std::string name : {"b", "a10", "a2", "M", ".hidden"}) {
    std::filesystem::create_directories(folder / ("machines/" + name));
  }
  put(folder / "machines/plain", "");
  std::filesystem::create_directory_symlink(folder / "machines/b", folder / "machines/link");
  CHECK(store.names() == std::vector<std::string>{"M", "a10", "a2", "b"});
}

TEST_CASE("a new machine appears whole, once, and private") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const auto machine = machine::machine_from_json(
      "m1", machine::parse_config(reference_config(folder.path().string(), "m1")));
  store.save_new(machine);
  struct stat info {};
  REQUIRE(stat((folder / "machines/m1/config.json").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600);
  REQUIRE(stat((folder / "machines/m1").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0700);
  CHECK_THROWS_AS(store.save_new(machine), Error);
  CHECK(store.remove_folder("m1"));
  CHECK_FALSE(store.remove_folder("m1"));
  CHECK(std::filesystem::is_empty(folder / "machines"));
  CHECK_THROWS_WITH(store.save(machine), ContainsSubstring("is gone"));
}

TEST_CASE("what killed commands left is swept, tombstones and what is being worked on are not") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  const auto machines = folder / "machines";
  for (const std::string name :
       {".a.new01234567", ".b.old01234567", ".c.new01234567", ".d.tombstone-01234567", "e"}) {
    put(machines / name / "config.json", "{}");
  }
  const auto lock = machine::MachineLock::take(store, "c");
  store.sweep();
  CHECK_FALSE(std::filesystem::exists(machines / ".a.new01234567"));
  CHECK_FALSE(std::filesystem::exists(machines / ".b.old01234567"));
  CHECK(std::filesystem::exists(machines / ".c.new01234567"));
  CHECK(std::filesystem::exists(machines / ".d.tombstone-01234567"));
  CHECK(std::filesystem::exists(machines / "e"));
}

TEST_CASE("a machine of a driver that we lack is kept as it is") {
  const test::TempFolder folder;
  const Store store(folder.path().string());
  Json json = parse_json(reference_config(folder.path().string(), "m1"));
  json["DriverName"] = "hetzner";
  json["Driver"] = {{"ServerID", 17}, {"AccessToken", "t"}};
  put(folder / "machines/m1/config.json", to_go_json(json));
  const auto loaded = store.load("m1");
  CHECK(loaded.to_json() == json);
  CHECK_THROWS_WITH(
      loaded.driver->state(Context()),
      "Driver \"hetzner\" not found. Do you have the plugin binary accessible in your PATH?");
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "drivers/base_state.hpp"
#include "drivers/none/driver.hpp"
#include "drivers/registry.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/listener.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

#include <fstream>

using namespace dmachine;

namespace {

std::unique_ptr<Driver> make(std::string_view driver, const std::string& store,
                             const std::vector<std::pair<std::string, std::string>>& set) {
  const DriverType* type = find_driver_type(driver);
  REQUIRE(type != nullptr);
  OptionValues values(type->options);
  for (const auto& [flag, text] : set) {
    values.set(flag, text, Origin::command_line);
  }
  return type->from_options({"m1", store}, values, {false, "tcp://0.0.0.0:3376", ""});
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE("the host part of a URL is what Go's net/url says") {
  CHECK(none::host_of_url("tcp://10.0.0.1:2376") == "10.0.0.1:2376");
  CHECK(none::host_of_url("tcp://[fe80::1]:2376/x") == "[fe80::1]:2376");
  CHECK(none::host_of_url("tcp://u:p@h:1?q") == "h:1");
  CHECK(none::host_of_url("unix:///var/run/docker.sock").empty());
  CHECK(none::host_of_url("a:2376").empty());  // an opaque URL with the scheme "a"
  CHECK_THROWS_WITH(none::host_of_url("10.0.0.1:2376"),
                    "parse \"10.0.0.1:2376\": first path segment in URL cannot contain colon");
  CHECK_THROWS_WITH(none::host_of_url(":1"), "parse \":1\": missing protocol scheme");
  CHECK_THROWS_WITH(none::host_of_url("tcp://h:x"),
                    "parse \"tcp://h:x\": invalid port \":x\" after host");
}

TEST_CASE("none keeps its URL and has neither host nor power switch") {
  const auto driver = make("none", "/s", {{"url", "tcp://10.0.0.1:2375"}});
  const Context ctx;
  CHECK(driver->state(ctx) == State::running);
  CHECK(driver->address(ctx) == "10.0.0.1:2375");
  CHECK(driver->engine_url("ignored") == "tcp://10.0.0.1:2375");
  CHECK_FALSE(driver->has_host());
  CHECK_THROWS_WITH(driver->start(ctx), "hosts without a driver cannot be started");
  CHECK_THROWS_WITH(driver->stop(ctx), "hosts without a driver cannot be stopped");
  CHECK_THROWS_WITH(driver->kill(ctx), "hosts without a driver cannot be killed");
  CHECK_THROWS_WITH(driver->restart(ctx), "hosts without a driver cannot be restarted");
  CHECK_THROWS_WITH(make("none", "/s", {}), "--url option is required when no driver is selected");
  CHECK(to_go_json_compact(driver->to_json()) ==
        R"({"IPAddress":"10.0.0.1:2375","MachineName":"m1","SSHUser":"","SSHPort":0,)"
        R"("SSHKeyPath":"","StorePath":"/s","SwarmMaster":false,"SwarmHost":"",)"
        R"("SwarmDiscovery":"","URL":"tcp://10.0.0.1:2375"})");
}

TEST_CASE("generic without a key leaves it to the user's own") {
  const auto driver = make("generic", "/s", {{"generic-ip-address", "192.0.2.7"}});
  const Context ctx;
  driver->precheck(ctx);
  driver->create(ctx, [] {});
  const auto endpoint = driver->endpoint("192.0.2.7");
  CHECK(endpoint.user == "root");
  CHECK(endpoint.port == 22);
  CHECK(endpoint.key.empty());
  CHECK(driver->engine_url("fe80::1") == "tcp://[fe80::1]:2376");
  CHECK_THROWS_WITH(driver->start(ctx), "generic driver does not support start");
  CHECK_THROWS_WITH(driver->stop(ctx), "generic driver does not support stop");
  CHECK_THROWS_WITH(driver->kill(ctx), "generic driver does not support kill");
  CHECK_THROWS_WITH(make("generic", "/s", {}),
                    "generic driver requires the --generic-ip-address option");
  CHECK_THROWS_WITH(
      make("generic", "/s", {{"generic-ip-address", "h"}, {"generic-ssh-port", "70000"}}),
      "invalid value \"70000\" for --generic-ssh-port: not a port (1 to 65535)");
}

TEST_CASE("generic copies the key under its own name, 0600, and tells the store") {
  const test::TempFolder folder;
  ensure_folder(folder / "machines/m1");
  write_file(folder / "work key", "-----BEGIN RSA PRIVATE KEY-----\n", 0644);
  write_file(folder / "work key.pub", "ssh-rsa AAAA\n", 0644);
  const auto driver =
      make("generic", folder.path().string(),
           {{"generic-ip-address", "192.0.2.7"}, {"generic-ssh-key", folder / "work key"}});
  int checkpoints = 0;
  driver->precheck({});
  driver->create({}, [&] { ++checkpoints; });
  CHECK(checkpoints == 1);
  const auto copy = folder / "machines/m1/work key";
  CHECK(mode_of(copy) == 0600);
  CHECK(mode_of(copy.string() + ".pub") == 0600);
  CHECK(driver->endpoint("h").key == copy);
  CHECK(driver->to_json()["SSHKeyPath"] == copy.string());
  CHECK(driver->to_json()["SSHKey"] == (folder / "work key").string());
}

TEST_CASE("a key named like one of the machine's own files is copied under another name") {
  const test::TempFolder folder;
  ensure_folder(folder / "machines/m1");
  write_file(folder / "key.pem", "-----BEGIN PRIVATE KEY-----\n", 0600);
  const auto driver =
      make("generic", folder.path().string(),
           {{"generic-ip-address", "192.0.2.7"}, {"generic-ssh-key", folder / "key.pem"}});
  driver->create({}, [] {});
  CHECK(driver->endpoint("h").key == folder / "machines/m1/id_key.pem");
}

TEST_CASE("generic refuses a key that is not there or not private before anything is made") {
  const test::TempFolder folder;
  const auto key = [&](const std::string& path) {
    return make("generic", folder.path().string(),
                {{"generic-ip-address", "192.0.2.7"}, {"generic-ssh-key", path}});
  };
  CHECK_THROWS_WITH(key("/nosuch/key")->precheck({}), "SSH key does not exist: \"/nosuch/key\"");
  write_file(folder / "a.pub", "ssh-rsa AAAA\n", 0644);
  CHECK_THROWS_WITH(key(folder / "a.pub")->precheck({}),
                    "SSH key is not a private key: \"" + (folder / "a.pub").string() + "\"");
}

TEST_CASE("generic runs when its SSH port takes connections") {
  test::Listener listener;
  const auto driver = make(
      "generic", "/s",
      {{"generic-ip-address", "127.0.0.1"}, {"generic-ssh-port", std::to_string(listener.port())}});
  CHECK(driver->state({}) == State::running);
  listener.close();
  CHECK(driver->state({}) == State::stopped);
}

TEST_CASE("what is not ours in a stored driver object survives") {
  const Json stored = parse_json(
      R"({"IPAddress":"h","MachineName":"m","SSHUser":"u","SSHPort":0,"SSHKeyPath":"","StorePath":"/s",)"
      R"("SwarmMaster":false,"SwarmHost":"","SwarmDiscovery":"","EnginePort":2375,"SSHKey":"","New":[1]})");
  const auto driver = find_driver_type("generic")->from_json(stored);
  CHECK(to_go_json_compact(driver->to_json()) == to_go_json_compact(stored));
  CHECK(driver->endpoint("h").port == 22);
}

TEST_CASE("a wrong type in a stored driver object is named in Go's words") {
  const Json stored = parse_json(R"({"SSHPort":"22"})");
  CHECK_THROWS_WITH(
      find_driver_type("generic")->from_json(stored),
      "json: cannot unmarshal string into Go struct field Driver.SSHPort of type int");
}

TEST_CASE("a key path that is not stored is the machine's id_rsa") {
  BaseState base;
  base.store_path = "rel/./store/";
  base.machine_name = "m";
  CHECK(key_path_or_default(base) == "rel/store/machines/m/id_rsa");
  base.ssh_key_path = "/k";
  CHECK(key_path_or_default(base) == "/k");
}

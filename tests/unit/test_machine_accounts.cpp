// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "drivers/registry.hpp"
#include "machine/accounts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <sys/stat.h>

using namespace dmachine;
using namespace dmachine::machine;
using dmachine::test::TempFolder;

namespace {

std::unique_ptr<Driver> ec2(const std::string& name, const std::string& region,
                            const std::string& secret) {
  return find_driver_type("amazonec2")
      ->from_json(Json{{"MachineName", name},
                       {"IPAddress", "192.0.2.1"},
                       {"InstanceId", "i-0123"},
                       {"KeyName", name},
                       {"Owner", {{"Store", "0123456789abcdef"}, {"Create", "fedcba9876543210"}}},
                       {"Region", region},
                       {"AccessKey", "AKIDEXAMPLE"},
                       {"SecretKey", secret}});
}

std::vector<std::filesystem::path> files(const Store& store) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(store.own_folder() / "accounts")) {
    found.push_back(entry.path());
  }
  return found;
}

}  // namespace

TEST_CASE("an account is remembered once, without what is one machine's own") {
  const TempFolder folder;
  const Store store(folder.path().string());
  remember_account(store, "amazonec2", *ec2("runner-1", "eu-west-1", "s1"));
  remember_account(store, "amazonec2", *ec2("runner-2", "eu-west-1", "s1"));
  REQUIRE(files(store).size() == 1);
  const auto file = files(store)[0];
  const std::string text = read_file(file);
  for (const char* own : {"runner-", "192.0.2.1", "i-0123", "fedcba9876543210"}) {
    CHECK(text.find(own) == std::string::npos);
  }
  struct stat info {};
  REQUIRE(stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);

  remember_account(store, "amazonec2", *ec2("runner-3", "us-east-1", "s1"));
  CHECK(files(store).size() == 2);
}

TEST_CASE("newer credentials of an account replace the old ones") {
  const TempFolder folder;
  const Store store(folder.path().string());
  remember_account(store, "amazonec2", *ec2("a", "eu-west-1", "old"));
  remember_account(store, "amazonec2", *ec2("b", "eu-west-1", "new"));
  REQUIRE(files(store).size() == 1);
  const std::string text = read_file(files(store)[0]);
  CHECK(text.find("\"new\"") != std::string::npos);
  CHECK(text.find("\"old\"") == std::string::npos);
}

TEST_CASE("accounts come of remembered files, machines and tombstones, each once") {
  const TempFolder folder;
  const Store store(folder.path().string());
  CHECK(known_accounts(store).empty());
  remember_account(store, "amazonec2", *ec2("a", "eu-west-1", "s"));
  const auto save = [&](const std::string& place, const std::string& region) {
    const auto machine = store.machines_folder() / place;
    ensure_folder(machine);
    const Json config{{"ConfigVersion", 3},
                      {"Driver", ec2("m", region, "s")->to_json()},
                      {"DriverName", "amazonec2"},
                      {"HostOptions", Json::object()}};
    write_file(machine / "config.json", to_go_json(config), 0600);
  };
  save("m", "eu-west-1");
  save(".t.tombstone-01234567", "us-east-1");
  write_file(store.own_folder() / "accounts/broken.json", "{", 0600);
  const auto accounts = known_accounts(store);
  REQUIRE(accounts.size() == 2);
  CHECK(accounts[0].name.rfind("region eu-west-1", 0) == 0);
  CHECK(accounts[0].ways.size() == 2);
  CHECK_FALSE(accounts[0].file.empty());
  CHECK(accounts[1].name.rfind("region us-east-1", 0) == 0);
  CHECK(accounts[1].file.empty());
}

TEST_CASE("a driver without accounts leaves nothing") {
  const TempFolder folder;
  const Store store(folder.path().string());
  remember_account(store, "none", *find_driver_type("none")->from_json(Json{{"URL", "tcp://h:1"}}));
  CHECK_FALSE(std::filesystem::exists(store.own_folder()));
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/accounts.hpp"

#include "core/files.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "drivers/registry.hpp"
#include "machine/tombstone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <system_error>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

/// Keys of drivers' objects that tell one machine from another of the same account.
constexpr std::array<std::string_view, 15> machine_keys{"IPAddress",
                                                        "MachineName",
                                                        "SSHUser",
                                                        "SSHPort",
                                                        "SSHKeyPath",
                                                        "SwarmMaster",
                                                        "SwarmHost",
                                                        "SwarmDiscovery",
                                                        "Owner",
                                                        "PendingCreate",
                                                        "Id",
                                                        "InstanceId",
                                                        "KeyName",
                                                        "PrivateIPAddress",
                                                        "SpotInstanceRequestId"};

fs::path accounts_folder(const Store& store) {
  return store.own_folder() / "accounts";
}

/// 64-bit FNV-1a: account names are of any length and hold anything, file names are not and do not.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return value;
}

Json account_file(const std::string& driver_name, const std::string& account, Json driver) {
  const std::string machine = JsonFields(driver, "Driver").text("MachineName");
  Json kept = Json::object();
  for (auto& [key, value] : driver.items()) {
    const bool names_machine =
        !machine.empty() && value.is_string() &&
        value.get_ref<const std::string&>().find(machine) != std::string::npos;
    if (std::ranges::find(machine_keys, key) == machine_keys.end() && !names_machine) {
      kept[key] = value;
    }
  }
  return {{"Account", account}, {"DriverName", driver_name}, {"Driver", std::move(kept)}};
}

/// Collects ways in by account.
class Accounts {
 public:
  void add(const std::string& driver_name, const Driver& driver, const fs::path& file = {}) {
    auto account = driver.account();
    if (!account) {
      return;
    }
    const std::string name = account->name();
    auto known = std::ranges::find_if(all_, [&](const KnownAccount& one) {
      return one.driver_name == driver_name && one.name == name;
    });
    if (known == all_.end()) {
      all_.push_back({driver_name, name, file, {}});
      known = all_.end() - 1;
    }
    // A fleet's machines were all made with the same credentials, mostly: a few are enough.
    if (known->ways.size() < most_ways) {
      known->ways.push_back(std::move(account));
    }
  }

  std::vector<KnownAccount> take() {
    std::ranges::sort(all_, {},
                      [](const KnownAccount& one) { return std::pair(one.driver_name, one.name); });
    return std::move(all_);
  }

 private:
  static constexpr std::size_t most_ways = 3;
  std::vector<KnownAccount> all_;
};

void add_file(Accounts& accounts, const fs::path& file) {
  const Json stored = parse_json(read_file(file));
  const std::string driver_name = JsonFields(stored, file.filename().string()).text("DriverName");
  const DriverType* type = find_driver_type(driver_name);
  const Json* driver = find_member(stored, "Driver");
  if (type == nullptr || driver == nullptr) {
    throw Error(Errc::invalid, "not an account that this program knows");
  }
  accounts.add(driver_name, *type->from_json(*driver), file);
}

}  // namespace

void remember_account(const Store& store, const std::string& driver_name, const Driver& driver) {
  const auto account = driver.account();
  if (!account) {
    return;
  }
  const std::string name = account->name();
  const fs::path file =
      accounts_folder(store) / fmt::format("{}-{:016x}.json", driver_name, hash(name));
  const std::string text = to_go_json(account_file(driver_name, name, driver.to_json()));
  if (find_file(file) != text) {
    ensure_folder(file.parent_path());
    write_file(file, text, 0600);
  }
}

std::vector<KnownAccount> known_accounts(const Store& store) {
  Accounts accounts;
  const auto attempt = [](const std::string& what, const std::function<void()>& add) {
    try {
      add();
    } catch (const Error& error) {
      log::warn("{} tells no account: {}", what, error.what());
    }
  };
  // What was remembered last has the newest credentials.
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(accounts_folder(store), failure)) {
    if (entry.path().extension() == ".json") {
      attempt(entry.path().string(), [&] { add_file(accounts, entry.path()); });
    }
  }
  for (const auto& name : store.names()) {
    attempt(fmt::format("machine {}", name), [&] {
      const Machine machine = store.load(name);
      accounts.add(machine.driver_name, *machine.driver);
    });
  }
  for (const Tombstone& tombstone : find_tombstones(store)) {
    attempt(fmt::format("tombstone {}", tombstone.folder.string()), [&] {
      const Machine machine = load(tombstone);
      accounts.add(machine.driver_name, *machine.driver);
    });
  }
  return accounts.take();
}

}  // namespace dmachine::machine

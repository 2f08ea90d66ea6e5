// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "machine/lock.hpp"
#include "machine/orphans.hpp"
#include "machine/tombstone.hpp"

#include <system_error>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

void add_loaded(Inventory& inventory, const std::string& name, const Machine& machine) {
  const Owner owner = parse_owner(machine.driver->to_json());
  if (owner.create.empty()) {
    inventory.machines_by_name.insert(name);
  } else {
    inventory.machines_by_create.emplace(owner.create, name);
  }
  if (const auto account = machine.driver->account()) {
    inventory.accounts.emplace(machine.driver_name, account->name());
  }
}

/// Nothing on disk that says what the machine is: no file, or one that was cut.
bool is_lost(const fs::path& config) {
  try {
    const auto text = find_file(config);
    return !text || !Json::accept(*text);
  } catch (const Error&) {
    return false;  // there is something that we may not read
  }
}

void add_machine(Inventory& inventory, const Store& store, const std::string& name) {
  inventory.all_names.insert(name);
  try {
    add_loaded(inventory, name, store.load(name));
  } catch (const Error& error) {
    if (is_lost(store.machine_folder(name) / "config.json")) {
      inventory.unreadable.emplace(name, error.what());
    } else {
      log::debug("machine {}: {}", name, error.what());
      inventory.machines_by_name.insert(name);
    }
  }
}

/// Names whose lock file is there and held.
void add_busy(Inventory& inventory, const Store& store) {
  constexpr std::string_view tail = ".lock";
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(store.machines_folder(), failure)) {
    const std::string file = entry.path().filename().string();
    if (file[0] == '.' && file.size() > tail.size() + 1 && file.ends_with(tail)) {
      const std::string name = file.substr(1, file.size() - tail.size() - 1);
      if (MachineLock::is_held(store, name)) {
        inventory.busy.insert(name);
      }
    }
  }
}

}  // namespace

Inventory Inventory::of(const Store& store) {
  Inventory inventory;
  add_busy(inventory, store);
  for (const auto& name : store.names()) {
    add_machine(inventory, store, name);
  }
  for (const Tombstone& tombstone : find_tombstones(store)) {
    try {
      const Owner owner = parse_owner(load(tombstone).driver->to_json());
      if (!owner.create.empty()) {
        inventory.tombstones_by_create.emplace(owner.create, tombstone.name);
      }
    } catch (const Error& error) {
      log::debug("{}: {}", tombstone.folder.string(), error.what());
    }
  }
  return inventory;
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/adopt.hpp"

#include "certs/authority.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "drivers/base_state.hpp"
#include "drivers/registry.hpp"
#include "machine/create.hpp"
#include "machine/lock.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

constexpr const char* key_file = "id_rsa";
constexpr mode_t key_mode = 0600;

Error already_there(const std::string& name) {
  return Error(Errc::conflict, fmt::format("Docker machine {} already exists", go_quote(name)));
}

bool is_readable(const Store& store, const std::string& name) {
  try {
    store.load(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Machine adopted_machine(const Context& ctx, const Store& store, const Survey& survey,
                        const OwnedResource& instance, const fs::path& key) {
  const DriverType* type = find_driver_type(survey.driver_name);
  if (type == nullptr) {
    throw Error(Errc::internal, fmt::format("no driver {}", go_quote(survey.driver_name)));
  }
  BaseState base = new_base_state({instance.machine, store.given_path()}, {});
  base.owner = instance.owner;
  base.ssh_key_path = key.string();
  Json driver = survey.way->adopt(ctx, instance, base);
  driver["SSHKeyPath"] = "";  // the machine's id_rsa, which the key becomes
  if (parse_owner(driver).empty()) {
    put_owner(driver, instance.owner);
  }
  Machine machine;
  machine.name = instance.machine;
  machine.driver_name = survey.driver_name;
  machine.driver = type->from_json(driver);
  machine.options = default_host_options(store, instance.machine);
  return machine;
}

}  // namespace

std::optional<fs::path> find_key(const Store& store, const OwnedResource& instance) {
  std::vector<fs::path> places{store.machine_folder(instance.machine) / key_file};
  for (const Tombstone& tombstone : find_tombstones(store)) {
    if (tombstone.name == instance.machine) {
      places.push_back(tombstone.folder / key_file);
    }
  }
  for (const fs::path& place : places) {
    std::error_code failure;
    if (fs::is_regular_file(place, failure)) {
      return place;
    }
  }
  return std::nullopt;
}

void adopt(const Context& ctx, const Store& store, const Survey& survey,
           const OwnedResource& instance, const fs::path& key) {
  const std::string& name = instance.machine;
  if (!is_valid_name(name)) {
    throw Error(Errc::invalid, fmt::format("{} is no name for a machine", go_quote(name)));
  }
  ensure_folder(store.machines_folder());
  const MachineLock lock = MachineLock::take(store, name);
  if (is_readable(store, name)) {
    throw already_there(name);
  }
  const auto held = hold_tombstones(ctx, store, name);
  const std::string key_text = read_file(key);
  const Machine machine = adopted_machine(ctx, store, survey, instance, key);
  // For `provision`, also where the store was lost with its CA.
  certs::ensure_authority(ctx, authority_files(machine.options.auth),
                          certs::default_organization());
  const fs::path folder = store.machine_folder(name);
  if (!store.exists(name)) {
    store.save_new(machine);
  } else {
    const fs::path config = folder / "config.json";
    if (const auto broken = find_file(config)) {
      write_file(folder / "config.json.unreadable", *broken, key_mode);
    }
    store.save(machine);
  }
  if (find_file(folder / key_file) != key_text) {
    write_file(folder / key_file, key_text, key_mode);
  }
}

void dig_out(const Store& store, const Tombstone& tombstone) {
  const MachineLock lock = MachineLock::take(store, tombstone.name);
  const auto busy = FileLock::try_acquire(tombstone.folder / "lock");
  if (!busy) {
    throw Error(Errc::conflict, "another process is removing it just now");
  }
  if (store.exists(tombstone.name)) {
    throw already_there(tombstone.name);
  }
  load(tombstone);  // what cannot be read is no machine
  const fs::path folder = store.machine_folder(tombstone.name);
  if (std::rename(tombstone.folder.c_str(), folder.c_str()) != 0) {
    throw system_error(fmt::format("rename {}", folder.string()), errno);
  }
  std::error_code ignored;
  fs::remove(folder / "lock", ignored);
  fs::remove(folder / "retry.json", ignored);
  sync_folder(store.machines_folder());
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/auth_options.hpp"
#include "certs/authority.hpp"
#include "core/json.hpp"
#include "drivers/driver.hpp"
#include "engine/client.hpp"
#include "provision/options.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace dmachine::machine {

/// HostOptions of config.json (store.md section 2).
struct HostOptions {
  std::string driver;  // Driver, always ""
  std::int64_t memory = 0;
  std::int64_t disk = 0;
  provision::EngineOptions engine;
  provision::SwarmOptions swarm;
  certs::AuthOptions auth;
};

/// One machine: what config.json says, and the driver that acts on it.
struct Machine {
  std::string name;  // the folder's name
  std::string driver_name;
  std::unique_ptr<Driver> driver;  // never null: a driver that we lack is an UnknownDriver
  HostOptions options;
  Json original;  // config.json as loaded, null for a new machine: keys that we do not know survive

  /// config.json's content as JSON, all keys in the reference's order.
  Json to_json() const;
};

/// Reads config.json. Throws Error{invalid} in the reference's words: `Error getting migrated host:
/// …`, or the driver's text alone (store.md section 5).
Machine parse_machine(const std::string& name, std::string_view config_json);

/// Whether `name` may be given to a machine: ^[a-zA-Z0-9][a-zA-Z0-9\-\.]*$.
bool is_valid_name(std::string_view name);

certs::AuthorityFiles authority_files(const certs::AuthOptions& auth);
engine::TlsFiles tls_files(const certs::AuthOptions& auth);

}  // namespace dmachine::machine

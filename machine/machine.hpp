// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "core/json.hpp"
#include "drivers/driver.hpp"
#include "engine/client.hpp"
#include "machine/host_options.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dmachine::machine {

/// ConfigVersion of what we write. Docker Machine has written it since 0.5.0.
constexpr std::int64_t current_config_version = 3;

/// One machine: what config.json says, and the driver that acts on it.
struct Machine {
  std::string name;  // the folder's name
  std::string driver_name;
  std::unique_ptr<Driver> driver;  // never null: a driver that we lack is an UnknownDriver
  HostOptions options;
  Json original;  // config.json as loaded, null for a new machine: keys that we do not know survive
  std::string old_config;  // the file's bytes while it is of an older version, else empty

  /// config.json's content as JSON, all keys in the reference's order.
  Json to_json() const;
};

/// config.json's text as JSON of any version that we know. Throws Error{invalid} in the reference's
/// words: `Error getting migrated host: …` (store.md section 5).
Json parse_config(std::string_view text);

/// ConfigVersion; 0 when it is missing. Throws Error{invalid} when it is no integer.
std::int64_t config_version(const Json& config);

/// The machine that a config.json of version 3 describes. Throws Error{invalid} as parse_config, or
/// the driver's text alone.
Machine machine_from_json(const std::string& name, Json config);

/// Whether `name` may be given to a machine: ^[a-zA-Z0-9][a-zA-Z0-9\-\.]*$.
bool is_valid_name(std::string_view name);

certs::AuthorityFiles authority_files(const certs::AuthOptions& auth);
/// What all machines of the store share.
engine::TlsFiles tls_files(const certs::AuthOptions& auth);
/// The copies of these in the machine's own folder, which is what `config` and `env` name and
/// gitlab-runner uses.
engine::TlsFiles copied_tls_files(const certs::AuthOptions& auth);

}  // namespace dmachine::machine

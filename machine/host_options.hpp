// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/auth_options.hpp"
#include "core/json.hpp"
#include "provision/options.hpp"

#include <cstdint>
#include <string>

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

/// Whether the options came from a file.
enum class Loaded { no, yes };

/// Reads by Go's rules. A part that is missing or null has its defaults. Throws Error{invalid} in
/// Go's words on a wrong type.
HostOptions parse_host_options(const Json& json);

/// All keys in the reference's order, then those of `original` that we do not know. What a file
/// lacked as a whole (HostOptions itself, or one of its three parts) stays null, as the reference
/// writes it.
Json to_json(const HostOptions& options, const Json& original, Loaded loaded);

/// The member called `key`, or null, which `json` must have as an object. Throws Error{invalid}
/// `json: cannot unmarshal array into Go struct field STRUCT.KEY of type TYPE`.
const Json& object_or_null(const Json& json, std::string_view key, std::string_view struct_name,
                           std::string_view type);

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/host_options.hpp"

#include "core/error.hpp"
#include "core/json_exact.hpp"
#include "core/json_fields.hpp"

#include <fmt/format.h>

namespace dmachine::machine {

namespace {

constexpr std::string_view options_struct = "Options.HostOptions";

const Json& engine_part(const Json& json) {
  return object_or_null(json, "EngineOptions", options_struct, "engine.Options");
}
const Json& swarm_part(const Json& json) {
  return object_or_null(json, "SwarmOptions", options_struct, "swarm.Options");
}
const Json& auth_part(const Json& json) {
  return object_or_null(json, "AuthOptions", options_struct, "auth.Options");
}

}  // namespace

const Json& object_or_null(const Json& json, std::string_view key, std::string_view struct_name,
                           std::string_view type) {
  static const Json null;
  const Json* found = find_member(json, key);
  if (found == nullptr || found->is_null()) {
    return null;
  }
  if (!found->is_object()) {
    throw Error(Errc::invalid,
                fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}",
                            json_kind(*found), struct_name, key, type));
  }
  return *found;
}

HostOptions parse_host_options(const Json& json) {
  const JsonFields fields(json, options_struct);
  HostOptions options;
  options.driver = fields.text("Driver");
  options.memory = fields.integer("Memory");
  options.disk = fields.integer("Disk");
  if (const Json& engine = engine_part(json); !engine.is_null()) {
    options.engine = provision::parse_engine_options(engine);
  }
  options.swarm = provision::parse_swarm_options(swarm_part(json));
  options.auth = certs::parse_auth_options(auth_part(json));
  return options;
}

Json to_json(const HostOptions& options, const Json& original, Loaded loaded) {
  if (original.is_null() && loaded == Loaded::yes) {
    return nullptr;
  }
  const auto unless_absent = [&](const Json& stored, const auto& part) {
    return stored.is_null() && loaded == Loaded::yes ? Json() : to_json(part, stored);
  };
  Json json = Json::object();
  json["Driver"] = options.driver;
  json["Memory"] = options.memory;
  json["Disk"] = options.disk;
  json["EngineOptions"] = unless_absent(engine_part(original), options.engine);
  json["SwarmOptions"] = unless_absent(swarm_part(original), options.swarm);
  json["AuthOptions"] = unless_absent(auth_part(original), options.auth);
  return keep_unknown(std::move(json), original);
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "drivers/registry.hpp"
#include "machine/unknown_driver.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::machine {

namespace {

constexpr int current_config_version = 3;

const Json& member_or_null(const Json& object, std::string_view key) {
  static const Json null;
  const Json* found = find_member(object, key);
  return found != nullptr ? *found : null;
}

HostOptions parse_host_options(const Json& json) {
  const JsonFields fields(json, "Options");
  HostOptions options;
  options.driver = fields.text("Driver");
  options.memory = fields.integer("Memory");
  options.disk = fields.integer("Disk");
  options.engine = provision::parse_engine_options(member_or_null(json, "EngineOptions"));
  options.swarm = provision::parse_swarm_options(member_or_null(json, "SwarmOptions"));
  options.auth = certs::parse_auth_options(member_or_null(json, "AuthOptions"));
  return options;
}

Json to_json(const HostOptions& options, const Json& original) {
  Json json = Json::object();
  json["Driver"] = options.driver;
  json["Memory"] = options.memory;
  json["Disk"] = options.disk;
  json["EngineOptions"] =
      provision::to_json(options.engine, member_or_null(original, "EngineOptions"));
  json["SwarmOptions"] =
      provision::to_json(options.swarm, member_or_null(original, "SwarmOptions"));
  json["AuthOptions"] = certs::to_json(options.auth, member_or_null(original, "AuthOptions"));
  return keep_unknown(std::move(json), original);
}

/// Refuses versions that we cannot read.
void check_version(const Json& json) {
  const auto version = JsonFields(json, "MetadataV0").integer("ConfigVersion");
  if (version > current_config_version) {
    throw Error(
        Errc::invalid,
        "config version is from the future -- you should upgrade your Docker Machine client");
  }
  if (version < current_config_version) {
    throw Error(
        Errc::invalid,
        fmt::format("config version {} is from a Docker Machine before 0.5.0", version),
        "let docker-machine 0.16.2 open this store once: it rewrites the file as version 3");
  }
}

}  // namespace

Machine parse_machine(const std::string& name, std::string_view config_json) {
  Machine machine;
  machine.name = name;
  with_context("Error getting migrated host", [&] {
    machine.original = parse_json(config_json);
    if (machine.original.is_null()) {
      throw Error(Errc::invalid, "the file holds null where an object is expected");
    }
    if (!machine.original.is_object()) {
      throw Error(Errc::invalid,
                  fmt::format("json: cannot unmarshal {} into Go value of type host.MetadataV0",
                              machine.original.type_name()));
    }
    check_version(machine.original);
    machine.driver_name = JsonFields(machine.original, "Host").text("DriverName");
    machine.options = parse_host_options(member_or_null(machine.original, "HostOptions"));
  });
  const Json& stored_driver = member_or_null(machine.original, "Driver");
  const DriverType* type = find_driver_type(machine.driver_name);
  machine.driver = type != nullptr ? type->from_json(stored_driver)
                                   : make_unknown_driver(machine.driver_name, stored_driver);
  return machine;
}

Json Machine::to_json() const {
  Json json = Json::object();
  json["ConfigVersion"] = current_config_version;
  json["Driver"] = driver->to_json();
  json["DriverName"] = driver_name;
  const Json& stored_options = member_or_null(original, "HostOptions");
  // A file without HostOptions stays one: the reference writes null back.
  const bool absent = !original.is_null() && stored_options.is_null();
  json["HostOptions"] = absent ? Json() : machine::to_json(options, stored_options);
  json["Name"] = name;
  return keep_unknown(std::move(json), original);
}

bool is_valid_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && is_alphanumeric(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

certs::AuthorityFiles authority_files(const certs::AuthOptions& auth) {
  return {auth.ca_cert_path, auth.ca_private_key_path, auth.client_cert_path, auth.client_key_path,
          auth.cert_dir};
}

engine::TlsFiles tls_files(const certs::AuthOptions& auth) {
  return {auth.ca_cert_path, auth.client_cert_path, auth.client_key_path};
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.hpp"

#include "core/error.hpp"
#include "core/json_exact.hpp"
#include "core/json_fields.hpp"
#include "drivers/registry.hpp"
#include "machine/unknown_driver.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::machine {

namespace {

constexpr std::string_view loading = "Error getting migrated host";

}  // namespace

std::int64_t config_version(const Json& config) {
  return JsonFields(config, "MetadataV0").integer("ConfigVersion");
}

Json parse_config(std::string_view text) {
  return with_context(std::string(loading), [&] {
    Json config = parse_json_exact(text);
    if (config.is_null()) {
      throw Error(Errc::invalid, "the file holds null where an object is expected");
    }
    if (!config.is_object()) {
      throw Error(Errc::invalid,
                  fmt::format("json: cannot unmarshal {} into Go value of type host.MetadataV0",
                              json_kind(config)));
    }
    if (config_version(config) > current_config_version) {
      throw Error(
          Errc::invalid,
          "config version is from the future -- you should upgrade your Docker Machine client");
    }
    return config;
  });
}

Machine machine_from_json(const std::string& name, Json config) {
  Machine machine;
  machine.name = name;
  machine.original = std::move(config);
  with_context(std::string(loading), [&] {
    machine.driver_name = JsonFields(machine.original, "MetadataV0").text("DriverName");
    machine.options = parse_host_options(
        object_or_null(machine.original, "HostOptions", "MetadataV0", "host.Options"));
  });
  const Json* found = find_member(machine.original, "Driver");
  const Json stored_driver = found != nullptr ? *found : Json();
  if (stored_driver.is_null()) {
    // The reference's words. A driver made of nothing would find nothing to remove in its cloud.
    throw Error(Errc::invalid, "unexpected end of JSON input",
                "there is no Driver object in config.json");
  }
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
  json["HostOptions"] =
      machine::to_json(options, object_or_null(original, "HostOptions", "Host", "host.Options"),
                       original.is_null() ? Loaded::no : Loaded::yes);
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
  return {auth.ca_cert_path, auth.client_cert_path, auth.client_key_path, auth.server_name};
}

engine::TlsFiles copied_tls_files(const certs::AuthOptions& auth) {
  const std::filesystem::path folder = auth.store_path;
  return {folder / "ca.pem", folder / "cert.pem", folder / "key.pem", auth.server_name};
}

}  // namespace dmachine::machine

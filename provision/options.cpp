// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/options.hpp"

#include "core/json_fields.hpp"

namespace dmachine::provision {
EngineOptions parse_engine_options(const Json& json) {
  const JsonFields fields(json, "Options.HostOptions.EngineOptions");
  EngineOptions options;
  options.arbitrary_flags = fields.texts("ArbitraryFlags");
  options.dns = fields.texts("Dns");
  options.graph_dir = fields.text("GraphDir");
  options.env = fields.texts("Env");
  options.ipv6 = fields.boolean("Ipv6");
  options.insecure_registry = fields.texts("InsecureRegistry");
  options.labels = fields.texts("Labels");
  options.log_level = fields.text("LogLevel");
  options.storage_driver = fields.text("StorageDriver");
  options.selinux_enabled = fields.boolean("SelinuxEnabled");
  options.tls_verify = fields.boolean("TlsVerify");
  options.registry_mirror = fields.texts("RegistryMirror");
  options.install_url = fields.text("InstallURL");
  options.version = fields.text("Version");
  options.install_files = fields.texts("InstallFiles");
  return options;
}

Json to_json(const EngineOptions& options, const Json& original) {
  Json json = Json::object();
  json["ArbitraryFlags"] = options.arbitrary_flags;
  json["Dns"] = null_when_empty(options.dns);
  json["GraphDir"] = options.graph_dir;
  json["Env"] = options.env;
  json["Ipv6"] = options.ipv6;
  json["InsecureRegistry"] = options.insecure_registry;
  json["Labels"] = options.labels;
  json["LogLevel"] = options.log_level;
  json["StorageDriver"] = options.storage_driver;
  json["SelinuxEnabled"] = options.selinux_enabled;
  json["TlsVerify"] = options.tls_verify;
  json["RegistryMirror"] = options.registry_mirror;
  json["InstallURL"] = options.install_url;
  if (!options.version.empty()) {
    json["Version"] = options.version;
  }
  if (!options.install_files.empty()) {
    json["InstallFiles"] = options.install_files;
  }
  return keep_unknown(std::move(json), original);
}

SwarmOptions parse_swarm_options(const Json& json) {
  const JsonFields fields(json, "Options.HostOptions.SwarmOptions");
  SwarmOptions options;
  options.is_swarm = fields.boolean("IsSwarm");
  options.address = fields.text("Address");
  options.discovery = fields.text("Discovery");
  options.agent = fields.boolean("Agent");
  options.master = fields.boolean("Master");
  options.host = fields.text("Host");
  options.image = fields.text("Image");
  options.strategy = fields.text("Strategy");
  options.heartbeat = fields.integer("Heartbeat");
  options.overcommit = fields.number("Overcommit");
  options.arbitrary_flags = fields.texts("ArbitraryFlags");
  options.arbitrary_join_flags = fields.texts("ArbitraryJoinFlags");
  options.env = fields.texts("Env");
  options.is_experimental = fields.boolean("IsExperimental");
  return options;
}

Json to_json(const SwarmOptions& options, const Json& original) {
  Json json = Json::object();
  json["IsSwarm"] = options.is_swarm;
  json["Address"] = options.address;
  json["Discovery"] = options.discovery;
  json["Agent"] = options.agent;
  json["Master"] = options.master;
  json["Host"] = options.host;
  json["Image"] = options.image;
  json["Strategy"] = options.strategy;
  json["Heartbeat"] = options.heartbeat;
  json["Overcommit"] = options.overcommit;
  json["ArbitraryFlags"] = options.arbitrary_flags;
  json["ArbitraryJoinFlags"] = options.arbitrary_join_flags;
  json["Env"] = null_when_empty(options.env);
  json["IsExperimental"] = options.is_experimental;
  return keep_unknown(std::move(json), original);
}

}  // namespace dmachine::provision

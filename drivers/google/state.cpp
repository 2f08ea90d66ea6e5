// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/state.hpp"

#include "core/error.hpp"
#include "core/json_exact.hpp"
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "drivers/google/options.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

constexpr std::string_view pending_key = "PendingCreate";

std::string text_or(const JsonFields& fields, std::string_view key, const std::string& fallback) {
  return fields.is_null(key) ? fallback : fields.text(key);
}

std::optional<MetadataMap> parse_map(const Json& driver, std::string_view key) {
  const Json* value = find_member(driver, key);
  if (value == nullptr || value->is_null()) {
    return std::nullopt;
  }
  if (!value->is_object()) {
    throw Error(Errc::invalid,
                fmt::format("json: cannot unmarshal {} into Go struct field Driver.{} of type "
                            "google.metadataMap",
                            json_kind(*value), key));
  }
  MetadataMap map;
  const JsonFields fields(*value, "Driver." + std::string(key));
  for (const auto& item : value->items()) {
    map[item.key()] = fields.text(item.key());
  }
  return map;
}

OperationBackoff parse_backoff(const Json& driver) {
  OperationBackoff backoff;
  const Json* value = find_member(driver, "OperationBackoffFactory");
  if (value == nullptr || value->is_null()) {
    return backoff;
  }
  const JsonFields fields(*value, "backoffFactory");
  backoff.initial_interval = std::chrono::nanoseconds(fields.integer("InitialInterval"));
  backoff.randomization_factor = fields.number("RandomizationFactor");
  backoff.multiplier = fields.number("Multiplier");
  backoff.max_interval = std::chrono::nanoseconds(fields.integer("MaxInterval"));
  backoff.max_elapsed_time = std::chrono::nanoseconds(fields.integer("MaxElapsedTime"));
  return backoff;
}

std::optional<PendingCreate> parse_pending(const Json& driver) {
  const Json* value = find_member(driver, pending_key);
  if (value == nullptr || value->is_null()) {
    return std::nullopt;
  }
  const JsonFields fields(*value, pending_key);
  return PendingCreate{fields.boolean("DiskWasThere"), fields.text("InsertRequestID"),
                       fields.integer("InsertSentAt"), fields.text("InsertOperation")};
}

/// GitLab's fork has a list under this key, rancher's a text.
void parse_labels(const Json& driver, StoredState& state) {
  const Json* value = find_member(driver, "Labels");
  const JsonFields fields(driver, "Driver");
  if (value != nullptr && value->is_string()) {
    state.vm_labels = fields.text("Labels");
  } else {
    state.labels = fields.texts("Labels");
  }
}

Json labels_json(const StoredState& state) {
  if (state.labels.empty() && !state.vm_labels.empty()) {
    return state.vm_labels;
  }
  std::vector<std::string> all = state.labels;
  const auto pairs = split(state.vm_labels, ',');
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    all.push_back(pairs[i] + ":" + pairs[i + 1]);
  }
  return null_when_empty(all);
}

Json map_or_null(const std::optional<MetadataMap>& map) {
  return map ? Json(*map) : Json();
}

Json backoff_json(const OperationBackoff& backoff) {
  return Json{
      {"InitialInterval", backoff.initial_interval.count()},
      {"RandomizationFactor", backoff.randomization_factor},
      {"Multiplier", backoff.multiplier},
      {"MaxInterval", backoff.max_interval.count()},
      {"MaxElapsedTime", backoff.max_elapsed_time.count()},
  };
}

/// Of the newer releases of GitLab's fork; gitlab-runner reads BulkInsert and the Resolved… keys.
void add_placement(Json& object, const StoredState& state) {
  if (state.bulk_insert) {
    object["BulkInsert"] = true;
    object["FlexSelections"] = null_when_empty(state.flex_selections);
    object["LocationZones"] = null_when_empty(state.location_zones);
    object["FlexStockoutCooldown"] = state.flex_cooldown.count();
    object["FlexStockoutProbeLease"] = state.flex_probe_lease.count();
  }
  const std::initializer_list<std::pair<const char*, const std::string*>> texts{
      {"Region", &state.region},
      {"ResolvedZone", &state.resolved_zone},
      {"ResolvedMachineType", &state.resolved_machine_type}};
  for (const auto& [key, value] : texts) {
    if (state.bulk_insert || !value->empty()) {
      object[key] = *value;
    }
  }
}

void parse_placement(const JsonFields& fields, StoredState& state) {
  state.bulk_insert = fields.boolean("BulkInsert");
  state.region = fields.text("Region");
  state.flex_selections = fields.texts("FlexSelections");
  state.location_zones = fields.texts("LocationZones");
  state.flex_cooldown = std::chrono::nanoseconds(fields.integer("FlexStockoutCooldown"));
  if (!fields.is_null("FlexStockoutProbeLease")) {
    state.flex_probe_lease = std::chrono::nanoseconds(fields.integer("FlexStockoutProbeLease"));
  }
  state.in_instance_group = !fields.text("InstanceGroupManager").empty() ||
                            !fields.text("RegionInstanceGroupManager").empty();
  state.resolved_zone = fields.text("ResolvedZone");
  state.resolved_machine_type = fields.text("ResolvedMachineType");
}

/// Keys that only newer or other programs know: written when they say something.
void add_own_keys(Json& object, const StoredState& state) {
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      object[key] = value;
    }
  };
  add("Auth", state.auth.reveal());
  add("ExternalFirewallRulePrefix", state.external_rule_prefix);
  add("InternalFirewallRulePrefix", state.internal_rule_prefix);
  add("Userdata", state.userdata);
  add("ProvisioningModel", state.provisioning_model);
  add("InstanceTerminationAction", state.termination_action);
  add_placement(object, state);
  const auto flag = [&](const char* key, bool value) {
    if (value) {
      object[key] = true;
    }
  };
  flag("NoServiceAccount", state.no_service_account);
  flag("COSDockerNetworkReadinessGate", state.cos_readiness_gate);
  add("COSDockerNetworkReadinessURL", state.cos_readiness_url);
  flag("COSWaitForCloudInit", state.cos_wait_for_cloud_init);
  flag("COSTLSViaMetadata", state.cos_tls_via_metadata);
  if (state.pending) {
    object[std::string(pending_key)] = Json{
        {"DiskWasThere", state.pending->disk_was_there},
        {"InsertRequestID", state.pending->request_id},
        {"InsertSentAt", state.pending->sent_at},
        {"InsertOperation", state.pending->operation},
    };
  }
}

}  // namespace

StoredState parse_state(const Json& driver) {
  const JsonFields fields(driver, "Driver");
  StoredState state;
  state.base = parse_base_state(driver);
  state.zone = text_or(fields, "Zone", state.zone);
  state.machine_type = text_or(fields, "MachineType", state.machine_type);
  state.min_cpu_platform = fields.text("MinCPUPlatform");
  const auto default_of = [](std::string_view flag) {
    return std::string(find_option(options(), flag)->default_value);
  };
  state.machine_image = text_or(fields, "MachineImage", default_of("google-machine-image"));
  state.disk_type = text_or(fields, "DiskType", state.disk_type);
  state.address = fields.text("Address");
  state.network = text_or(fields, "Network", state.network);
  state.subnetwork = fields.text("Subnetwork");
  state.preemptible = fields.boolean("Preemptible");
  state.use_internal_ip = fields.boolean("UseInternalIP");
  state.use_internal_ip_only = fields.boolean("UseInternalIPOnly");
  state.service_account = text_or(fields, "ServiceAccount", state.service_account);
  state.scopes = text_or(fields, "Scopes", default_of("google-scopes"));
  state.disk_size = fields.is_null("DiskSize") ? state.disk_size : fields.integer("DiskSize");
  state.provisioned_iops = fields.integer("ProvisionedIops");
  state.provisioned_throughput = fields.integer("ProvisionedThroughput");
  state.project = fields.text("Project");
  state.tags = fields.text("Tags");
  state.use_existing = fields.boolean("UseExisting");
  state.open_ports = fields.texts("OpenPorts");
  parse_labels(driver, state);
  state.metadata = parse_map(driver, "Metadata");
  state.metadata_from_file = parse_map(driver, "MetadataFromFile");
  state.accelerator = fields.text("Accelerator");
  state.maintenance_policy = fields.text("MaintenancePolicy");
  state.skip_firewall = fields.boolean("SkipFirewall");
  state.backoff = parse_backoff(driver);
  state.auth = Secret(fields.text("Auth"));
  state.userdata = fields.text("Userdata");
  state.external_rule_prefix = fields.text("ExternalFirewallRulePrefix");
  state.internal_rule_prefix = fields.text("InternalFirewallRulePrefix");
  state.provisioning_model = fields.text("ProvisioningModel");
  state.termination_action = fields.text("InstanceTerminationAction");
  parse_placement(fields, state);
  state.no_service_account = fields.boolean("NoServiceAccount");
  state.cos_readiness_gate = fields.boolean("COSDockerNetworkReadinessGate");
  state.cos_readiness_url = fields.text("COSDockerNetworkReadinessURL");
  state.cos_wait_for_cloud_init = fields.boolean("COSWaitForCloudInit");
  state.cos_tls_via_metadata = fields.boolean("COSTLSViaMetadata");
  state.pending = parse_pending(driver);
  state.original = driver.is_object() ? driver : Json::object();
  state.original.erase(std::string(pending_key));
  return state;
}

Json to_json(const StoredState& state) {
  Json object = dmachine::to_json(state.base);
  object["Zone"] = state.zone;
  object["MachineType"] = state.machine_type;
  object["MinCPUPlatform"] = state.min_cpu_platform;
  object["MachineImage"] = state.machine_image;
  object["DiskType"] = state.disk_type;
  object["Address"] = state.address;
  object["Network"] = state.network;
  object["Subnetwork"] = state.subnetwork;
  object["Preemptible"] = state.preemptible;
  object["UseInternalIP"] = state.use_internal_ip;
  object["UseInternalIPOnly"] = state.use_internal_ip_only;
  object["ServiceAccount"] = state.service_account;
  object["Scopes"] = state.scopes;
  object["DiskSize"] = state.disk_size;
  if (state.provisioned_iops != 0 || state.provisioned_throughput != 0) {
    object["ProvisionedIops"] = state.provisioned_iops;
    object["ProvisionedThroughput"] = state.provisioned_throughput;
  }
  object["Project"] = state.project;
  object["Tags"] = state.tags;
  object["UseExisting"] = state.use_existing;
  object["OpenPorts"] = null_when_empty(state.open_ports);
  object["Labels"] = labels_json(state);
  object["Metadata"] = map_or_null(state.metadata);
  object["MetadataFromFile"] = map_or_null(state.metadata_from_file);
  object["Accelerator"] = state.accelerator;
  object["MaintenancePolicy"] = state.maintenance_policy;
  object["SkipFirewall"] = state.skip_firewall;
  object["OperationBackoffFactory"] = backoff_json(state.backoff);
  add_own_keys(object, state);
  put_owner(object, state.base.owner);
  return keep_unknown(std::move(object), state.original);
}

}  // namespace dmachine::google

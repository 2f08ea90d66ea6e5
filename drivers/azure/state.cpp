// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/state.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

constexpr const char* pending_key = "PendingCreate";

std::set<std::string> to_set(const std::vector<std::string>& list) {
  return {list.begin(), list.end()};
}

std::optional<PendingCreate> parse_pending(const Json& driver) {
  const Json* value = find_member(driver, pending_key);
  if (value == nullptr || value->is_null()) {
    return std::nullopt;
  }
  const JsonFields fields(*value, pending_key);
  return PendingCreate{to_set(fields.texts("Begun")), to_set(fields.texts("Unanswered")),
                       fields.integer("SentAt"), fields.boolean("UsedShared")};
}

Json pending_json(const PendingCreate& pending) {
  return Json{{"Begun", pending.begun},
              {"Unanswered", pending.unanswered},
              {"SentAt", pending.sent_at},
              {"UsedShared", pending.used_shared}};
}

TagMap parse_tags(const Json& driver) {
  TagMap tags;
  const Json* value = find_member(driver, "Tags");
  if (value == nullptr || value->is_null()) {
    return tags;
  }
  const JsonFields fields(*value, "Driver.Tags");
  for (const auto& item : value->items()) {
    tags[item.key()] = fields.text(item.key());
  }
  return tags;
}

void add_own_keys(Json& object, const StoredState& state) {
  const auto add_text = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      object[key] = value;
    }
  };
  const auto add_flag = [&](const char* key, bool value) {
    if (value) {
      object[key] = true;
    }
  };
  add_flag("EncryptionAtHost", state.encryption_at_host);
  add_text("DiskType", state.disk_type);
  add_flag("EphemeralOSDisk", state.ephemeral_os_disk);
  if (!state.source_cidrs.empty()) {
    object["SourceCIDR"] = state.source_cidrs;
  }
  add_flag("Spot", state.spot);
  add_text("SpotMaxPrice", state.spot_max_price);
  add_text("EvictionPolicy", state.eviction_policy);
  add_flag("DeallocateOnStop", state.deallocate_on_stop);
  add_flag("UseManagedIdentity", state.use_managed_identity);
  add_text("ARMEndpoint", state.arm_endpoint);
  if (state.pending) {
    object[pending_key] = pending_json(*state.pending);
  }
  put_owner(object, state.base.owner);
}

void parse_credentials(const JsonFields& fields, StoredState& state) {
  state.client_id = fields.text("ClientID");
  state.client_secret = Secret(fields.text("ClientSecret"));
  if (!fields.is_null("Environment")) {
    state.environment = fields.text("Environment");
  }
  state.subscription_id = fields.text("SubscriptionID");
  state.tenant_id = fields.text("TenantID");
  state.use_managed_identity = fields.boolean("UseManagedIdentity");
  state.arm_endpoint = fields.text("ARMEndpoint");
}

void parse_network(const JsonFields& fields, StoredState& state) {
  state.virtual_network = fields.text("VirtualNetwork");
  state.subnet_name = fields.text("SubnetName");
  state.subnet_prefix = fields.text("SubnetPrefix");
  state.nsg = fields.text("NSG");
  state.accelerated_networking = fields.boolean("AcceleratedNetworking");
  state.standard_public_ip = fields.boolean("EnablePublicIPStandardSKU");
  state.open_ports = fields.texts("OpenPorts");
  state.source_cidrs = fields.texts("SourceCIDR");
  state.private_ip = fields.text("PrivateIPAddr");
  state.use_private_ip = fields.boolean("UsePrivateIP");
  state.no_public_ip = fields.boolean("NoPublicIP");
  state.dns_label = fields.text("DNSLabel");
  state.static_public_ip = fields.boolean("StaticPublicIP");
}

void parse_virtual_machine(const JsonFields& fields, StoredState& state) {
  if (!fields.is_null("DockerPort")) {
    state.docker_port = fields.small_integer("DockerPort");
  }
  state.location = fields.text("Location");
  state.size = fields.text("Size");
  state.image = fields.text("Image");
  state.availability_set = fields.text("AvailabilitySet");
  state.plan = fields.text("Plan");
  state.managed_disks = fields.boolean("ManagedDisks");
  state.fault_count = fields.small_integer("FaultCount");
  state.update_count = fields.small_integer("UpdateCount");
  state.disk_size_gib = fields.small_integer("DiskSize");
  state.storage_type = fields.text("StorageType");
  state.availability_zone = fields.text("AvailabilityZone");
  state.encryption_at_host = fields.boolean("EncryptionAtHost");
  state.custom_data_file = fields.text("CustomDataFile");
  state.disk_type = fields.text("DiskType");
  state.ephemeral_os_disk = fields.boolean("EphemeralOSDisk");
  state.spot = fields.boolean("Spot");
  state.spot_max_price = fields.text("SpotMaxPrice");
  state.eviction_policy = fields.text("EvictionPolicy");
  state.deallocate_on_stop = fields.boolean("DeallocateOnStop");
}

}  // namespace

StoredState parse_state(const Json& driver) {
  const JsonFields fields(driver, "Driver");
  StoredState state;
  state.base = parse_base_state(driver);
  parse_credentials(fields, state);
  state.resource_group = fields.text("ResourceGroup");
  if (state.is_legacy()) {
    // Its keys have other types and meanings, and nobody needs them.
    state.original = driver.is_object() ? driver : Json::object();
    return state;
  }
  parse_network(fields, state);
  parse_virtual_machine(fields, state);
  state.tags = parse_tags(driver);
  state.pending = parse_pending(driver);
  state.original = driver;
  for (const char* key : {pending_key, "EncryptionAtHost", "DiskType", "EphemeralOSDisk",
                          "SourceCIDR", "Spot", "SpotMaxPrice", "EvictionPolicy",
                          "DeallocateOnStop", "UseManagedIdentity", "ARMEndpoint"}) {
    state.original.erase(key);
  }
  return state;
}

Json to_json(const StoredState& state) {
  if (state.is_legacy()) {
    return state.original;
  }
  Json object = dmachine::to_json(state.base);
  object["ClientID"] = state.client_id;
  object["ClientSecret"] = state.client_secret.reveal();
  object["Environment"] = state.environment;
  object["SubscriptionID"] = state.subscription_id;
  object["TenantID"] = state.tenant_id;
  object["ResourceGroup"] = state.resource_group;
  object["DockerPort"] = state.docker_port;
  object["Location"] = state.location;
  object["Size"] = state.size;
  object["Image"] = state.image;
  object["VirtualNetwork"] = state.virtual_network;
  object["SubnetName"] = state.subnet_name;
  object["SubnetPrefix"] = state.subnet_prefix;
  object["AvailabilitySet"] = state.availability_set;
  object["NSG"] = state.nsg;
  object["Plan"] = state.plan;
  object["ManagedDisks"] = state.managed_disks;
  object["FaultCount"] = state.fault_count;
  object["UpdateCount"] = state.update_count;
  object["DiskSize"] = state.disk_size_gib;
  object["StorageType"] = state.storage_type;
  object["Tags"] = Json::object();
  for (const auto& [key, value] : state.tags) {
    object["Tags"][key] = value;
  }
  object["AcceleratedNetworking"] = state.accelerated_networking;
  object["AvailabilityZone"] = state.availability_zone;
  object["EnablePublicIPStandardSKU"] = state.standard_public_ip;
  object["OpenPorts"] = state.open_ports.empty() ? Json() : Json(state.open_ports);
  object["PrivateIPAddr"] = state.private_ip;
  object["UsePrivateIP"] = state.use_private_ip;
  object["NoPublicIP"] = state.no_public_ip;
  object["DNSLabel"] = state.dns_label;
  object["StaticPublicIP"] = state.static_public_ip;
  object["CustomDataFile"] = state.custom_data_file;
  add_own_keys(object, state);
  return keep_unknown(std::move(object), state.original);
}

void apply_environment(StoredState& state) {
  const auto take = [](const char* variable, std::string& value) {
    if (auto found = find_env(variable)) {
      value = *std::move(found);
    }
  };
  take("AZURE_ENVIRONMENT", state.environment);
  const std::string stored = state.subscription_id;
  take("AZURE_SUBSCRIPTION_ID", state.subscription_id);
  if (!stored.empty() && !equal_ignoring_case(stored, state.subscription_id)) {
    state.stored_subscription_id = stored;
  }
  take("AZURE_CLIENT_ID", state.client_id);
  take("AZURE_ARM_ENDPOINT", state.arm_endpoint);
  if (auto secret = find_env("AZURE_CLIENT_SECRET")) {
    state.client_secret = Secret(*std::move(secret));
  }
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/bodies.hpp"

#include "core/json_text.hpp"
#include "core/text.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/values.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

namespace dmachine::azure {

namespace {

constexpr int first_open_port_priority = 1000;
constexpr int highest_priority = 4096;

/// The first tag of that name, in any case, as Azure compares them.
std::string tag(const Json& resource, std::string_view key) {
  const Json* tags = find_member(resource, "tags");
  return tags != nullptr ? text_of(*tags, key) : std::string();
}

Json rule(const std::string& name, std::string_view description, int priority, const Port& port,
          const std::vector<std::string>& sources) {
  Json properties{{"description", description},
                  {"protocol", port.protocol},
                  {"sourcePortRange", "*"},
                  {"destinationPortRange", port.port}};
  if (sources.size() > 1) {
    properties["sourceAddressPrefixes"] = sources;
  } else {
    properties["sourceAddressPrefix"] = sources.empty() ? "*" : sources.front();
  }
  properties["destinationAddressPrefix"] = "*";
  properties["access"] = "Allow";
  properties["priority"] = priority;
  properties["direction"] = "Inbound";
  return Json{{"name", name}, {"properties", std::move(properties)}};
}

std::string rule_name(const Port& port) {
  return fmt::format("Port{}-{}AllowAny", replace_all(port.port, "*", "Asterisk"),
                     replace_all(port.protocol, "*", "Asterisk"));
}

int priority_of(const Json& security_rule) {
  const Json* properties = find_member(security_rule, "properties");
  const Json* priority = properties != nullptr ? find_member(*properties, "priority") : nullptr;
  return priority != nullptr && priority->is_number_integer() ? priority->get<int>() : 0;
}

std::string name_of(const Json& resource) {
  return to_lower(text_of(resource, "name"));
}

Json& rules_of(Json& group) {
  Json& properties = group["properties"];
  if (!properties.contains("securityRules") || !properties["securityRules"].is_array()) {
    properties["securityRules"] = Json::array();
  }
  return properties["securityRules"];
}

Json image_reference(const std::string& text) {
  const auto image = parse_image(text);
  if (!image.id.empty()) {
    return Json{{"id", image.id}};
  }
  if (!image.community_gallery_id.empty()) {
    return Json{{"communityGalleryImageId", image.community_gallery_id}};
  }
  if (!image.shared_gallery_id.empty()) {
    return Json{{"sharedGalleryImageId", image.shared_gallery_id}};
  }
  return Json{{"publisher", image.publisher},
              {"offer", image.offer},
              {"sku", image.sku},
              {"version", image.version}};
}

Json os_disk(const StoredState& state) {
  const std::string type = state.disk_type.empty() ? state.storage_type : state.disk_type;
  Json disk{{"name", disk_name(state.base.machine_name)},
            {"caching", state.ephemeral_os_disk ? "ReadOnly" : "ReadWrite"},
            {"createOption", "FromImage"},
            {"deleteOption", "Delete"},
            {"managedDisk", Json{{"storageAccountType", type}}}};
  if (state.ephemeral_os_disk) {
    disk["diffDiskSettings"] = Json{{"option", "Local"}};
    // An ephemeral disk is never on remote storage of another type.
    disk["managedDisk"]["storageAccountType"] = "Standard_LRS";
  }
  if (state.disk_size_gib > 0) {
    disk["diskSizeGB"] = state.disk_size_gib;
  }
  return disk;
}

Json os_profile(const StoredState& state, const VirtualMachineParts& parts) {
  const std::string& user = state.base.ssh_user;
  const Json key{{"path", fmt::format("/home/{}/.ssh/authorized_keys", user)},
                 {"keyData", parts.public_key}};
  Json profile{{"computerName", computer_name(state.base.machine_name)},
               {"adminUsername", user},
               {"linuxConfiguration", Json{{"disablePasswordAuthentication", true},
                                           {"ssh", Json{{"publicKeys", Json::array({key})}}}}}};
  if (!parts.custom_data.empty()) {
    profile["customData"] = base64_encode(parts.custom_data);
  }
  return profile;
}

void add_spot(Json& properties, const StoredState& state) {
  if (!state.spot) {
    return;
  }
  properties["priority"] = "Spot";
  properties["evictionPolicy"] = state.eviction_policy;
  properties["billingProfile"] = Json{{"maxPrice", -1}};
  if (const auto price = parse_price(state.spot_max_price); price && *price > 0) {
    properties["billingProfile"]["maxPrice"] = *price;
  }
}

Json address_space(const std::string& subnet_prefix) {
  const std::vector<std::string> prefixes{"192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12"};
  return Json{{"addressPrefixes",
               is_within(subnet_prefix, prefixes) ? Json(prefixes) : Json::array({subnet_prefix})}};
}

}  // namespace

bool is_ours(const Json& resource) {
  return tag(resource, managed_tag) == "true" || tag(resource, rancher_tag) == "true";
}

Json shared_tags(const StoredState& state) {
  Json tags{{managed_tag, "true"}};
  if (!state.base.owner.empty()) {
    tags[std::string(store_label)] = state.base.owner.store;
  }
  return tags;
}

Json own_tags(const StoredState& state) {
  Json tags = Json::object();
  for (const auto& [key, value] : owner_labels(state.base)) {
    tags[key] = value;
  }
  return tags;
}

Json virtual_machine_tags(const StoredState& state) {
  Json tags = own_tags(state);
  if (state.tags.size() + tags.size() > most_tags) {
    tags = Json::object();
  }
  for (const auto& [key, value] : state.tags) {
    for (const auto label : {machine_label, store_label, create_label}) {
      if (equal_ignoring_case(key, label)) {
        tags.erase(std::string(label));  // the user's word counts
      }
    }
    tags[key] = value;
  }
  return tags;
}

Json group_body(const StoredState& state) {
  return Json{{"location", state.location}, {"tags", shared_tags(state)}};
}

Json availability_set_body(const StoredState& state) {
  return Json{{"location", state.location},
              {"tags", shared_tags(state)},
              {"sku", Json{{"name", "Aligned"}}},
              {"properties", Json{{"platformFaultDomainCount", state.fault_count},
                                  {"platformUpdateDomainCount", state.update_count}}}};
}

Json security_rules(const StoredState& state) {
  Json rules = Json::array();
  const auto& sources = state.source_cidrs;
  rules.push_back(
      rule("SSHAllowAny", "Allow ssh from public Internet", 100, {"22", "Tcp"}, sources));
  rules.push_back(rule("DockerAllowAny", "Allow docker engine access (TLS-protected)", 300,
                       {std::to_string(state.docker_port), "Tcp"}, sources));
  if (state.base.swarm_master) {
    rules.push_back(rule("DockerSwarmAllowAny", "Allow swarm manager access (TLS-protected)", 500,
                         parse_swarm_port(state.base.swarm_host), sources));
  }
  int priority = first_open_port_priority;
  std::set<std::string> names;
  for (const auto& text : state.open_ports) {
    const Port port = parse_port(text);
    if (names.insert(rule_name(port)).second) {
      rules.push_back(rule(rule_name(port),
                           "User requested port to be accessible from Internet via docker-machine",
                           priority++, port, {}));
    }
  }
  return rules;
}

Json security_group_body(const StoredState& state, const Json& tags) {
  return Json{{"location", state.location},
              {"tags", tags},
              {"properties", Json{{"securityRules", security_rules(state)}}}};
}

std::optional<Json> with_missing_rules(Json group, const Json& rules) {
  std::set<std::string> names;
  std::set<int> priorities;
  for (const Json& present : rules_of(group)) {
    names.insert(name_of(present));
    priorities.insert(priority_of(present));
  }
  bool changed = false;
  for (Json wanted : rules) {
    if (!names.insert(name_of(wanted)).second) {
      continue;
    }
    int priority = priority_of(wanted);
    while (priorities.contains(priority) && priority < highest_priority) {
      ++priority;
    }
    priorities.insert(priority);
    wanted["properties"]["priority"] = priority;
    rules_of(group).push_back(std::move(wanted));
    changed = true;
  }
  if (!changed) {
    return std::nullopt;
  }
  // What only the service may say is left out, and what is made by it.
  Json body{{"location", group["location"]},
            {"tags", group.contains("tags") ? group["tags"] : Json::object()},
            {"properties", Json{{"securityRules", Json::array()}}}};
  for (Json& present : rules_of(group)) {
    present.erase("id");
    present.erase("etag");
    present.erase("type");
    if (present.contains("properties")) {
      present["properties"].erase("provisioningState");
    }
    body["properties"]["securityRules"].push_back(std::move(present));
  }
  return body;
}

Json subnet_body(const StoredState& state) {
  return Json{{"properties", Json{{"addressPrefix", state.subnet_prefix}}}};
}

Json virtual_network_body(const StoredState& state) {
  Json subnet{{"name", state.subnet_name}};
  subnet.update(subnet_body(state));
  return Json{{"location", state.location},
              {"tags", shared_tags(state)},
              {"properties", Json{{"addressSpace", address_space(state.subnet_prefix)},
                                  {"subnets", Json::array({std::move(subnet)})}}}};
}

Json public_ip_body(const StoredState& state) {
  Json body{{"location", state.location}, {"tags", own_tags(state)}};
  body["sku"] = Json{{"name", "Standard"}};
  // An address in a zone fits machines of that zone alone; one without fits all.
  if (!state.availability_zone.empty() && state.zone_choices.size() < 2) {
    body["zones"] = Json::array({state.availability_zone});
  }
  body["properties"] =
      Json{{"publicIPAllocationMethod", "Static"}, {"publicIPAddressVersion", "IPv4"}};
  if (!state.dns_label.empty()) {
    body["properties"]["dnsSettings"] = Json{{"domainNameLabel", state.dns_label}};
  }
  return body;
}

Json interface_body(const StoredState& state, const std::string& subnet_id,
                    const std::string& security_group_id, const std::string& public_ip_id) {
  Json configuration{{"subnet", Json{{"id", subnet_id}}}};
  if (state.private_ip.empty()) {
    configuration["privateIPAllocationMethod"] = "Dynamic";
  } else {
    configuration["privateIPAllocationMethod"] = "Static";
    configuration["privateIPAddress"] = state.private_ip;
  }
  if (!public_ip_id.empty()) {
    configuration["publicIPAddress"] =
        Json{{"id", public_ip_id}, {"properties", Json{{"deleteOption", "Delete"}}}};
  }
  Json properties{{"networkSecurityGroup", Json{{"id", security_group_id}}}};
  if (state.accelerated_networking) {
    properties["enableAcceleratedNetworking"] = true;
  }
  properties["ipConfigurations"] =
      Json::array({Json{{"name", "ip"}, {"properties", std::move(configuration)}}});
  return Json{{"location", state.location},
              {"tags", own_tags(state)},
              {"properties", std::move(properties)}};
}

Json virtual_machine_body(const StoredState& state, const VirtualMachineParts& parts) {
  Json body{{"location", state.location}, {"tags", virtual_machine_tags(state)}};
  if (!state.plan.empty()) {
    const auto plan = parse_plan(state.plan);
    body["plan"] =
        Json{{"name", plan.name}, {"publisher", plan.publisher}, {"product", plan.product}};
  }
  if (!state.availability_zone.empty()) {
    body["zones"] = Json::array({state.availability_zone});
  }
  const Json interface {
    {"id", parts.interface_id}, {
      "properties", Json {
        {"primary", true}, {
          "deleteOption", "Delete"
        }
      }
    }
  };
  Json properties{{"hardwareProfile", Json{{"vmSize", state.size}}},
                  {"storageProfile", Json{{"imageReference", image_reference(state.image)},
                                          {"osDisk", os_disk(state)}}},
                  {"osProfile", os_profile(state, parts)},
                  {"networkProfile", Json{{"networkInterfaces", Json::array({interface})}}}};
  if (!parts.availability_set_id.empty()) {
    properties["availabilitySet"] = Json{{"id", parts.availability_set_id}};
  }
  if (state.encryption_at_host) {
    properties["securityProfile"] = Json{{"encryptionAtHost", true}};
  }
  add_spot(properties, state);
  body["properties"] = std::move(properties);
  return body;
}

}  // namespace dmachine::azure

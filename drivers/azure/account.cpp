// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/account.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "drivers/azure/api_error.hpp"
#include "drivers/azure/eraser.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/made_at.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace dmachine::azure {

namespace {

struct Kind {
  std::string_view type;
  ResourceKind kind;
  Cost cost;
  const char* title;
  Target (Scope::*target)(const std::string& name) const;
};
constexpr std::array kinds{
    Kind{"Microsoft.Compute/virtualMachines", ResourceKind::instance, Cost::computing,
         "Virtual Machine", &Scope::virtual_machine},
    Kind{"Microsoft.Network/networkInterfaces", ResourceKind::network_interface, Cost::nothing,
         "Network Interface", &Scope::network_interface},
    Kind{"Microsoft.Compute/disks", ResourceKind::disk, Cost::storage, "Disk", &Scope::disk},
    Kind{"Microsoft.Network/publicIPAddresses", ResourceKind::public_ip, Cost::address, "Public IP",
         &Scope::public_ip},
    Kind{"Microsoft.Network/networkSecurityGroups", ResourceKind::security_group, Cost::nothing,
         "Network Security Group", &Scope::security_group},
    Kind{"Microsoft.Compute/availabilitySets", ResourceKind::availability_set, Cost::nothing,
         "Availability Set", &Scope::availability_set},
    Kind{"Microsoft.Network/virtualNetworks", ResourceKind::network, Cost::nothing,
         "Virtual Network", &Scope::virtual_network},
};

const Kind* kind_of(const Json& resource) {
  const auto type = text_at(resource, {"type"});
  const auto* found = std::ranges::find_if(
      kinds, [&](const Kind& kind) { return equal_ignoring_case(kind.type, type); });
  return found == kinds.end() ? nullptr : found;
}

const Kind& kind_of(const OwnedResource& resource) {
  const auto* found = std::ranges::find(kinds, resource.kind, &Kind::kind);
  if (found == kinds.end()) {
    throw Error(Errc::internal, fmt::format("no resource of Azure: {}", resource.id));
  }
  return *found;
}

std::string tag(const Json& resource, std::string_view label) {
  return text_at(resource, {"tags", label});
}

Owner owner_of(const Json& resource) {
  return {tag(resource, store_label), tag(resource, create_label)};
}

/// The group in /subscriptions/S/resourceGroups/RG/providers/…
std::string group_in(const std::string& id) {
  const auto parts = split(id, '/');
  return parts.size() > 4 && equal_ignoring_case(parts[3], "resourceGroups") ? parts[4] : "";
}

std::string last_part(const std::string& id) {
  return id.substr(id.rfind('/') + 1);
}

OwnedResource parse_resource(const Json& resource, const Kind& kind, const std::string& group) {
  OwnedResource found;
  found.kind = kind.kind;
  found.id = text_at(resource, {"id"});
  found.place = group;
  found.machine = tag(resource, machine_label);
  found.owner = owner_of(resource);
  found.cost = kind.cost;
  found.made_at = made_at(text_at(resource, {"createdTime"}));
  found.details["name"] = text_at(resource, {"name"});
  return found;
}

bool has_any(const Json& resource, std::initializer_list<std::string_view> path) {
  const Json* value = member_at(resource, path);
  return value != nullptr && !value->is_null() && !value->empty();
}

/// Who holds it, as far as the resource itself says; empty when nobody does.
std::string user_of(const Json& resource, ResourceKind kind) {
  switch (kind) {
    case ResourceKind::network_interface:
      return text_at(resource, {"properties", "virtualMachine", "id"});
    case ResourceKind::disk:
      return text_at(resource, {"managedBy"});
    case ResourceKind::public_ip:
      return text_at(resource, {"properties", "ipConfiguration", "id"});
    case ResourceKind::security_group:
      return has_any(resource, {"properties", "networkInterfaces"}) ? "network interfaces"
             : has_any(resource, {"properties", "subnets"})         ? "subnets"
                                                                    : "";
    case ResourceKind::availability_set:
      return has_any(resource, {"properties", "virtualMachines"}) ? "virtual machines" : "";
    case ResourceKind::network: {
      const Json* subnets = member_at(resource, {"properties", "subnets"});
      if (subnets == nullptr || !subnets->is_array()) {
        return "";
      }
      // We make one; more are somebody's plans.
      const bool is_used =
          subnets->size() > 1 || std::ranges::any_of(*subnets, [](const Json& one) {
            return has_any(one, {"properties", "ipConfigurations"});
          });
      return is_used ? "subnets" : "";
    }
    default:
      return "";
  }
}

}  // namespace

AzureAccount::AzureAccount(StoredState state, Services services)
    : state_(std::move(state)), services_(std::move(services)) {}

Client& AzureAccount::client() {
  const std::lock_guard lock(mutex_);
  if (!access_) {
    access_ = services_.access(services_, identity_of(state_));
  }
  return access_->client();
}

std::string AzureAccount::name() const {
  return "subscription " + to_lower(state_.subscription_id);
}

std::vector<OwnedResource> parse_owned(const Json& resources, const std::string& group) {
  std::vector<OwnedResource> found;
  std::map<std::string, Owner> machines;  // by name in small letters
  for (const Json& resource : resources) {
    const Kind* kind = kind_of(resource);
    if (kind != nullptr && !tag(resource, store_label).empty()) {
      found.push_back(parse_resource(resource, *kind, group));
      if (!found.back().machine.empty()) {
        machines.emplace(to_lower(found.back().machine), found.back().owner);
      }
    }
  }
  for (const Json& resource : resources) {
    static constexpr std::string_view suffix = "-os-disk";
    const Kind* kind = kind_of(resource);
    const auto name = text_at(resource, {"name"});
    if (kind == nullptr || kind->kind != ResourceKind::disk || !name.ends_with(suffix) ||
        !tag(resource, store_label).empty()) {
      continue;
    }
    const auto machine = name.substr(0, name.size() - suffix.size());
    if (const auto owner = machines.find(to_lower(machine)); owner != machines.end()) {
      auto disk = parse_resource(resource, *kind, group);
      disk.machine = machine;
      disk.owner = owner->second;
      disk.details["untagged"] = true;
      found.push_back(std::move(disk));
    }
  }
  return found;
}

std::vector<OwnedResource> AzureAccount::owned(const Context& ctx) {
  Client& api = client();
  std::map<std::string, std::string> groups;  // by name in small letters
  for (const Json& resource :
       api.list(ctx, tagged_resources(state_.subscription_id, std::string(store_label)))) {
    if (const auto group = group_in(text_at(resource, {"id"})); !group.empty()) {
      groups.emplace(to_lower(group), group);
    }
  }
  std::vector<std::string> names;
  for (const auto& entry : groups) {
    names.push_back(entry.second);
  }
  const auto lists = parallel_map(names, services_.threads, [&](const std::string& group) {
    const Target target = Scope{state_.subscription_id, group}.resources();
    try {
      return parse_owned(api.list(ctx, target), group);
    } catch (const ApiError& error) {
      if (error.is_gone()) {
        return std::vector<OwnedResource>{};
      }
      throw Error(error.code(), fmt::format("{}: {}", target.title, error.what()), error.hint());
    }
  });
  std::vector<OwnedResource> all;
  for (const auto& list : lists) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

Erasure AzureAccount::erase(const Context& ctx, const OwnedResource& resource) {
  const Kind& kind = kind_of(resource);
  const Scope scope{state_.subscription_id, group_in(resource.id)};
  const auto called = last_part(resource.id);
  const Target target = (scope.*kind.target)(called);
  Client& api = client();
  // The list may be minutes old, and Azure's own index lags a little behind.
  const auto now = with_context(target.title, [&] { return api.find(ctx, target); });
  if (!now) {
    return Erasure::gone;
  }
  const bool has_tags = !tag(*now, store_label).empty();
  const bool is_same =
      has_tags ? owner_of(*now) == resource.owner && tag(*now, machine_label) == resource.machine
               : resource.details.value("untagged", false);
  if (!is_same) {
    return Erasure::changed_hands;
  }
  if (const auto user = user_of(*now, resource.kind); !user.empty()) {
    throw Error(Errc::conflict, fmt::format("{} is in use by {}", target.title, user));
  }
  const Eraser eraser(ctx, api, services_,
                      resource.machine.empty() ? resource.place : resource.machine,
                      Eraser::Patience::full);
  try {
    eraser.erase({"", kind.title, called, target, resource.kind == ResourceKind::disk});
  } catch (const ApiError& error) {
    throw Error(error.is_in_use() ? Errc::conflict : error.code(),
                fmt::format("{}: {}", target.title, error.what()));
  }
  return Erasure::gone;
}

StoredState adopted_state(StoredState state, const Json& machine, const Json& interface,
                          const Json& security_group) {
  state.location = text_at(machine, {"location"});
  state.size = text_at(machine, {"properties", "hardwareProfile", "vmSize"});
  state.base.ssh_user = text_at(machine, {"properties", "osProfile", "adminUsername"});
  state.base.ssh_port = 22;
  state.resource_group = group_in(text_at(machine, {"id"}));
  const auto image = [&](std::string_view key) {
    return text_at(machine, {"properties", "storageProfile", "imageReference", key});
  };
  state.image =
      !image("publisher").empty()
          ? fmt::format("{}:{}:{}:{}", image("publisher"), image("offer"), image("sku"),
                        image("version"))
          : image("id") + image("communityGalleryImageId") + image("sharedGalleryImageId");
  state.managed_disks = true;
  state.storage_type = text_at(
      machine, {"properties", "storageProfile", "osDisk", "managedDisk", "storageAccountType"});
  state.spot = equal_ignoring_case(text_at(machine, {"properties", "priority"}), "Spot");
  state.eviction_policy = text_at(machine, {"properties", "evictionPolicy"});
  state.availability_set = last_part(text_at(machine, {"properties", "availabilitySet", "id"}));
  if (const Json* zones = find_member(machine, "zones");
      zones != nullptr && zones->is_array() && !zones->empty() && zones->front().is_string()) {
    state.availability_zone = zones->front().get<std::string>();
  }
  const Json* found = find_member(machine, "tags");
  const Json tags = found != nullptr ? *found : Json::object();
  for (const auto& [key, value] : tags.items()) {
    const bool is_label = key == machine_label || key == store_label || key == create_label;
    if (!is_label && value.is_string()) {
      state.tags[key] = value.get<std::string>();
    }
  }
  const Json* configurations = member_at(interface, {"properties", "ipConfigurations"});
  const Json* configuration =
      configurations != nullptr && configurations->is_array() && !configurations->empty()
          ? &configurations->front()
          : nullptr;
  if (configuration != nullptr) {
    // …/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/N/subnets/S
    const auto subnet = text_at(*configuration, {"properties", "subnet", "id"});
    if (const auto parts = split(subnet, '/'); parts.size() == 11) {
      state.virtual_network = parts[4] + ":" + parts[8];
      state.subnet_name = parts[10];
    }
    state.no_public_ip = !has_any(*configuration, {"properties", "publicIPAddress"});
  }
  const auto group_id = text_at(interface, {"properties", "networkSecurityGroup", "id"});
  if (!equal_ignoring_case(last_part(group_id), security_group_name(state.base.machine_name))) {
    state.nsg = group_id;
  }
  state.docker_port = 2376;
  if (const Json* rules = member_at(security_group, {"properties", "securityRules"});
      rules != nullptr && rules->is_array()) {
    for (const Json& rule : *rules) {
      const auto port = parse_go_int(text_at(rule, {"properties", "destinationPortRange"}));
      if (text_at(rule, {"name"}) == "DockerAllowAny" && port && *port > 0 && *port < 65536) {
        state.docker_port = static_cast<int>(*port);
      }
    }
  }
  return state;
}

Json AzureAccount::adopt(const Context& ctx, const OwnedResource& instance, const BaseState& base) {
  const Scope scope{state_.subscription_id, group_in(instance.id)};
  const auto called = last_part(instance.id);
  Client& api = client();
  const auto look = [&](const Target& target) {
    return with_context(target.title, [&] { return api.find(ctx, target); });
  };
  const Target target = scope.virtual_machine(called);
  const auto machine = look(target);
  if (!machine) {
    throw Error(Errc::not_found, fmt::format("{} is no more", target.title));
  }
  const auto interface = look(scope.network_interface(interface_name(called)));
  const auto group = look(scope.security_group(security_group_name(called)));
  // Who we are, and nothing of another machine.
  StoredState state;
  state.base = base;
  state.base.owner = instance.owner;
  state.client_id = state_.client_id;
  state.client_secret = state_.client_secret;
  state.environment = state_.environment;
  state.subscription_id = state_.subscription_id;
  state.tenant_id = state_.tenant_id;
  state.use_managed_identity = state_.use_managed_identity;
  state.arm_endpoint = state_.arm_endpoint;
  state = adopted_state(std::move(state), *machine, interface.value_or(Json::object()),
                        group.value_or(Json::object()));
  if (!state.no_public_ip) {
    if (const auto address = look(scope.public_ip(public_ip_name(called)))) {
      state.dns_label = text_at(*address, {"properties", "dnsSettings", "domainNameLabel"});
      state.base.ip_address = public_address(*address, !state.dns_label.empty());
    }
  }
  if (state.base.ip_address.empty() && interface) {
    state.base.ip_address = private_address(*interface);
    state.use_private_ip = !state.no_public_ip;
  }
  return to_json(state);
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/permissions.hpp"

#include "core/text.hpp"
#include "drivers/azure/survey.hpp"

#include <algorithm>

namespace dmachine::azure {

namespace {

void add(std::vector<std::string>& actions, const std::string& kind,
         std::initializer_list<const char*> verbs) {
  for (const char* verb : verbs) {
    actions.push_back(kind + "/" + verb);
  }
}

/// Both in small letters. `*` stands for any text.
bool fits(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == text;
  }
  if (text.substr(0, star) != pattern.substr(0, star)) {
    return false;
  }
  const auto rest = pattern.substr(star + 1);
  for (auto at = star; at <= text.size(); ++at) {
    if (fits(rest, text.substr(at))) {
      return true;
    }
  }
  return false;
}

bool names(const Json& permission, std::string_view key, std::string_view action) {
  const Json* list = find_member(permission, key);
  return list != nullptr && list->is_array() &&
         std::ranges::any_of(*list, [&](const Json& pattern) {
           return pattern.is_string() && fits(to_lower(pattern.get<std::string>()), action);
         });
}

}  // namespace

NeededActions needed_actions(const StoredState& state, bool has_group, bool has_network) {
  NeededActions needed;
  auto& here = needed.in_group;
  add(here, "Microsoft.Compute/virtualMachines",
      {"read", "write", "delete", "instanceView/read", "start/action", "restart/action",
       "powerOff/action"});
  if (state.deallocate_on_stop) {
    add(here, "Microsoft.Compute/virtualMachines", {"deallocate/action"});
  }
  add(here, "Microsoft.Compute/disks", {"read", "write", "delete"});
  add(here, "Microsoft.Network/networkInterfaces", {"read", "write", "delete", "join/action"});
  if (!state.no_public_ip) {
    add(here, "Microsoft.Network/publicIPAddresses", {"read", "write", "delete", "join/action"});
  }
  if (state.nsg.empty()) {
    add(here, "Microsoft.Network/networkSecurityGroups",
        {"read", "write", "delete", "join/action"});
  }
  if (!state.availability_set.empty()) {
    add(here, "Microsoft.Compute/availabilitySets", {"read", "write", "delete"});
  }
  const auto own = equal_ignoring_case(network_of(state).group, state.resource_group);
  auto& network = own ? here : needed.in_network_group;
  add(network, "Microsoft.Network/virtualNetworks", {"read"});
  add(network, "Microsoft.Network/virtualNetworks/subnets", {"join/action"});
  if (!has_network) {
    add(network, "Microsoft.Network/virtualNetworks", {"write", "delete"});
  }
  if (!has_group) {
    add(needed.in_subscription, "Microsoft.Resources/subscriptions/resourceGroups", {"write"});
  }
  return needed;
}

bool is_allowed(const Json& permissions, std::string_view action) {
  const auto wanted = to_lower(action);
  return std::ranges::any_of(permissions, [&](const Json& one) {
    return names(one, "actions", wanted) && !names(one, "notActions", wanted);
  });
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/azure/state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::azure {

/// What the driver may have to do, by the names of Azure's roles, for one machine and its removal.
/// Source: Azure RBAC, "Azure permissions" for Compute, Networking, Management and governance.
struct NeededActions {
  std::vector<std::string> in_group;          // of the machine
  std::vector<std::string> in_network_group;  // where that is another one
  std::vector<std::string> in_subscription;   // to make the group
};
/// `has_group`, `has_network`: what is there need not be made.
NeededActions needed_actions(const StoredState& state, bool has_group, bool has_network);

/// Whether a list of permissions (Permissions - List) allows an action: one entry names it in
/// `actions` and not in `notActions`; both may have `*`, and count in any case. Pure.
bool is_allowed(const Json& permissions, std::string_view action);

}  // namespace dmachine::azure

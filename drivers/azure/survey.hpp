// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/json.hpp"
#include "drivers/azure/client.hpp"
#include "drivers/azure/state.hpp"

#include <optional>

namespace dmachine::azure {

/// What is there already before a create.
struct Survey {
  bool has_group = false;
  std::optional<Json> virtual_machine;
  std::optional<Json> interface;
  std::optional<Json> public_ip;
  std::optional<Json> security_group;  // the machine's own, or the shared one
  std::optional<Json> disk;
  std::optional<Json> network;
  std::optional<Json> availability_set;
  bool lacks_image = false;  // the marketplace has no such image in the region
};

/// Looks at all of it, side by side. Changes nothing.
Survey look_around(const Context& ctx, Client& client, const StoredState& state,
                   std::size_t threads);

/// Refuses what Azure would refuse later, or what is somebody else's. Throws Error{conflict,
/// invalid}. Pure.
void check_survey(const Survey& survey, const StoredState& state);

/// Where the machine's network and, when it shares one, its security group are.
GroupedName network_of(const StoredState& state);
GroupedName security_group_of(const StoredState& state);

}  // namespace dmachine::azure

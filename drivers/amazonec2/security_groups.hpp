// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/poll.hpp"
#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/state.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dmachine::amazonec2 {

/// How the work on groups is done, and who is told of it.
struct GroupWork {
  Backoff settling;
  Duration settles_within;
  Tags tags{};         // of groups that are made
  Tags shared_tags{};  // of the default one, which is everybody's
  /// Called before a group is asked for, when it is there, and when it was refused.
  std::function<void(const std::string& name)> before_create{};
  std::function<void(const std::string& id)> created{};
  std::function<void()> refused{};
};

/// The ids of the machine's security groups, in the order of their names: found, or made, with the
/// machine's ports open unless they are read-only. Safe beside other creates that make the same
/// groups and rules: what EC2 calls a duplicate is looked at again. A rule that opens the port to
/// somebody counts as one; what a user has narrowed stays narrow.
std::vector<std::string> ensure_groups(const Context& ctx, Client& client, const StoredState& state,
                                       const GroupWork& work);

/// SSH, the engine, a swarm master's port, and --amazonec2-open-port.
std::vector<Port> wanted_ports(const StoredState& state);
/// Those that no rule of the group lets in. Pure.
std::vector<Port> missing_ports(const Group& group, const std::vector<Port>& wanted);

/// All that is stored as a group's name, the old single key first.
std::vector<std::string> group_names(const StoredState& state);

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/machine.hpp"

#include <map>
#include <string>
#include <vector>

namespace dmachine::machine {

/// Requests side by side to machines: enough that those that hang do not hold up a fleet, few
/// enough for the default limit of open files and for one thread each.
constexpr std::size_t machines_at_once = 128;

/// Machines whose states are asked for together.
struct FleetPart {
  const DriverType* lister = nullptr;  // null: each machine is asked alone
  std::vector<Machine*> machines;
};

/// The machines by driver, for drivers that can list; all others are one part.
std::vector<FleetPart> fleet_parts(const std::vector<Machine*>& machines);

/// What the clouds say about a part's machines, in their order: in as few requests as the driver's
/// API allows, or one by one. A failure is the answer of the machines it is about (State::error
/// and a text). Throws Cancelled alone.
std::vector<StateAnswer> ask_states(const Context& ctx, const FleetPart& part);

/// The same for all machines, by name; the parts beside each other.
std::map<std::string, StateAnswer> ask_states(const Context& ctx,
                                              const std::vector<Machine*>& machines);

}  // namespace dmachine::machine

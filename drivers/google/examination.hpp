// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/finding.hpp"
#include "drivers/google/client.hpp"
#include "drivers/google/state.hpp"

#include <functional>
#include <string>
#include <vector>

/// What `doctor` and `create --plan` look at, a function for each concern, by reading calls alone.
/// Failures to ask are findings; they throw Cancelled alone.
namespace dmachine::google {

using Findings = std::vector<Finding>;

/// What a create wants, and whom to ask.
struct Examined {
  const Context& ctx;
  Client& client;
  const StoredState& state;
};

/// The project, its API, OS Login. Gives the resource in `project`, which stays null without one.
Findings examine_project(const Examined& machine, Json& project);
/// Zones, machine types, disk type and accelerator, in every zone that may be tried; the image and
/// its architecture; the regions' and the project's quotas against the machine types' CPUs.
Findings examine_offer(const Examined& machine, const Json& project);
/// Network, subnetwork, static address, and rules for the ports 22 and 2376.
Findings examine_network(const Examined& machine);

/// Runs `work`; an Error becomes a finding: `absent` when it says that there is none, else that
/// nobody could tell.
Findings look(const Examined& machine, const std::string& subject, const Finding& absent,
              const std::function<Findings()>& work);

/// A resource's path below the API's base.
std::string below_project(const std::string& project, const std::string& rest);

}  // namespace dmachine::google

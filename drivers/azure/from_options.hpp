// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/state.hpp"
#include "drivers/driver.hpp"

namespace dmachine::azure {

/// The state of a machine that is to be created. Asks nobody. Throws Error{invalid} for every value
/// that Azure is sure to refuse; what it cannot know (sizes, images, …) is left to the service.
StoredState state_from_options(const MachineIdentity& machine, const OptionValues& values,
                               const SwarmFacts& swarm);

}  // namespace dmachine::azure

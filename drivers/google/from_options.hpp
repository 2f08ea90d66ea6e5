// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/driver.hpp"
#include "drivers/google/state.hpp"

namespace dmachine::google {

/// The state of a machine that is to be created. Asks nobody. Throws Error{invalid} for every value
/// that Compute Engine is sure to refuse; what it cannot know (machine types, images, …) is left to
/// the service.
StoredState state_from_options(const MachineIdentity& machine, const OptionValues& values,
                               const SwarmFacts& swarm);

}  // namespace dmachine::google

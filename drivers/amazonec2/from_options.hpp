// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/state.hpp"
#include "drivers/driver.hpp"

namespace dmachine::amazonec2 {

/// The state of a machine that is to be created. Asks nobody. Throws Error{invalid}.
StoredState state_from_options(const MachineIdentity& machine, const OptionValues& values,
                               const SwarmFacts& swarm);

}  // namespace dmachine::amazonec2

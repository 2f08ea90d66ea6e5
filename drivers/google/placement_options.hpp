// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/state.hpp"
#include "drivers/option.hpp"

/// Where an instance is to be, of which type, in which market: parts of state_from_options. They
/// throw Error{invalid}.
namespace dmachine::google {

/// --google-preemptible, --google-provisioning-model, --google-instance-termination-action.
void market_from_options(StoredState& state, const OptionValues& values);

/// --google-bulk-insert and what belongs to it, in the words of newer releases of GitLab's fork.
void place_from_options(StoredState& state, const OptionValues& values);

/// Zone and machine type, and what the create tries in turn: for one zone, one machine type and one
/// market there is no list. After the two above.
void candidates_from_options(StoredState& state, const OptionValues& values);

}  // namespace dmachine::google

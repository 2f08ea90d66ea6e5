// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/state.hpp"

#include <optional>
#include <string>

namespace dmachine::amazonec2 {

/// The parameters of RunInstances for one instance. `image`: what is known of state.ami.
/// `user_data` as it is in the user's file. Only what somebody asked for is sent, so that the
/// defaults of account and image hold. Pure.
QueryParameters run_parameters(const StoredState& state, const std::optional<Image>& image,
                               const std::string& user_data, const Tags& tags);

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/state.hpp"

#include <string>
#include <vector>

namespace dmachine::amazonec2 {

/// The subnets to try in turn, all of one VPC: those given, or one in each zone. Throws when one of
/// them is not there, or does not fit VPC or zones.
std::vector<Subnet> find_subnets(const Context& ctx, Client& client, const StoredState& state);

/// What was given of each, as whole names; a machine that was loaded has one.
std::vector<std::string> zones_of(const StoredState& state);
std::vector<std::string> subnets_of(const StoredState& state);
std::vector<std::string> types_of(const StoredState& state);

}  // namespace dmachine::amazonec2

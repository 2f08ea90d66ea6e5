// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/state.hpp"

namespace dmachine::amazonec2 {

/// Where the instance gets its network: the subnet given, or one of the VPC in the zone; without a
/// VPC the account's default one. Zone and VPC are the subnet's. Throws in the words of the
/// reference when there is none, or when it contradicts what was given.
Subnet find_subnet(const Context& ctx, Client& client, const StoredState& state);

}  // namespace dmachine::amazonec2

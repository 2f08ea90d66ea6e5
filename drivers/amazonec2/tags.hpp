// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/state.hpp"
#include "drivers/amazonec2/values.hpp"
#include "drivers/owner.hpp"

#include <string>
#include <string_view>

namespace dmachine::amazonec2 {

/// The tags of all that is made for a machine: Name, the user's, and those that say whose it is
/// (drivers/owner.hpp), where the user has no such key and EC2's limit of 50 leaves room for all.
Tags resource_tags(const StoredState& state);

/// The tags of what other machines use as well, the default security group: whose store and create
/// it came from, and no machine's name.
Tags shared_tags(const StoredState& state);

/// Whether these tags say that the resource was made for this machine by its own create. Never for
/// a machine without an owner: there nobody can tell.
bool is_ours(const Tags& tags, const StoredState& state);

/// The value of a tag; empty when there is none.
std::string tag_value(const Tags& tags, std::string_view key);
Owner owner_of(const Tags& tags);

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/state.hpp"
#include "drivers/amazonec2/values.hpp"

#include <string>
#include <string_view>

namespace dmachine::amazonec2 {

/// Tags that say whose a resource is.
constexpr std::string_view machine_tag = "dmachine-machine";  // the machine's name
constexpr std::string_view store_tag = "dmachine-store";      // store_mark

/// 16 hexadecimal digits that stand for a store: of the SHA-256 of its absolute path.
std::string store_mark(const std::string& store_path);

/// The tags of all that is made for a machine: Name, the user's, and ours where the user has no
/// such key and EC2's limit of 50 leaves room.
Tags resource_tags(const StoredState& state);

/// Whether these tags say that the resource was made for this machine of this store.
bool is_ours(const Tags& tags, const StoredState& state);

}  // namespace dmachine::amazonec2

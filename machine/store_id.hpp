// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/store.hpp"

#include <optional>
#include <string>

namespace dmachine::machine {

/// The name under which a store's resources are known in the clouds: 16 random hexadecimal digits,
/// made once per store and kept in STORE/dmachine/store-id. Random, and not made of the path: many
/// managers have the same path, and one must never take another's machines for its own.
std::string ensure_store_id(const Store& store);

/// Nothing when the store has none yet. Throws Error{invalid} when the file holds something else.
std::optional<std::string> find_store_id(const Store& store);

/// 16 lower-case hexadecimal digits.
bool is_store_id(std::string_view text);

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dmachine {

/// As parse_json, but a number that would be written differently from how it was read (1.0, 1E20,
/// -0, more digits than 64 bits or a double hold) keeps its text, and to_go_json writes that: what
/// others stored comes back as it was, as Go's json.RawMessage and json.Number keep it.
Json parse_json_exact(std::string_view text);

/// The text of such a number; nothing for all other values.
std::optional<std::string> find_number_text(const Json& value);

/// The kind of a JSON value in the words of Go's errors: object, array, string, number, bool, null.
std::string_view json_kind(const Json& value);

}  // namespace dmachine

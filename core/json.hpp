// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace dmachine {

/// Keys stay in the order they were read or set.
using Json = nlohmann::ordered_json;

/// Parses; throws Error{invalid} in the words of Go's encoding/json where scripts know them
/// ("unexpected end of JSON input", "invalid character 'h' looking for beginning of value").
/// Of duplicate keys the last one wins.
Json parse_json(std::string_view text);

/// As Go's json.MarshalIndent(v, "", 4 blanks) with HTML escaping: no final newline, `<` `>` `&`
/// U+2028 U+2029 as \uXXXX, other Unicode as it is, invalid UTF-8 as \ufffd, [] and {} for empty
/// ones.
std::string to_go_json(const Json& value);
/// The same on one line without blanks, as json.Marshal.
std::string to_go_json_compact(const Json& value);

/// A number as Go's encoding/json writes a float64: shortest digits, exponent from 1e21 up and
/// below 1e-6.
std::string go_json_number(double value);

/// The member called `key`, first exactly, else ignoring case (as Go reads); nullptr when there is
/// none or `object` is no object.
const Json* find_member(const Json& object, std::string_view key);

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine {

/// How deep arrays and objects may lie in each other. (Go allows 10000; nothing we read comes
/// near.)
constexpr std::size_t most_json_depth = 1000;

/// Throws Error{invalid} in the words of Go's encoding/json when the text is not one JSON value by
/// Go's grammar, which asks less of strings than RFC 8259: broken UTF-8 and lone surrogates are let
/// through.
void check_json_syntax(std::string_view text);

/// The same JSON with U+FFFD where its strings hold broken UTF-8 or a lone surrogate, as Go reads
/// it. The text must have passed check_json_syntax.
std::string repair_json_strings(std::string_view text);

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gotemplate/template.hpp"

namespace dmachine::gotemplate {

/// The text of a Go string literal, "…" or `…`; nothing when it is malformed.
std::optional<std::string> unquote_go_string(std::string_view literal);

/// An int64 or float64 from a Go literal (decimal, 0x, 0o, 0b, exponent, 'x'), as template constants are typed.
std::optional<Value> parse_go_number(std::string_view literal);

/// UTF-8 of a code point.
std::string to_utf8(char32_t rune);

/// The code points of a text; a broken byte counts as U+FFFD.
std::u32string to_runes(std::string_view text);

}  // namespace dmachine::gotemplate

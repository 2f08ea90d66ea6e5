// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dmachine::gotemplate {

/// The text of a Go string literal, "…" or `…`; nothing when it is malformed.
std::optional<std::string> unquote_go_string(std::string_view literal);

/// The code points of a Go character literal, of which there should be one: 'x'. Nothing when the
/// first is malformed.
struct Character {
  char32_t value;
  bool is_alone;
};
std::optional<Character> unquote_go_character(std::string_view literal);

/// A Go floating-point literal (decimal or hexadecimal, `_` between digits); nothing when it is
/// malformed or too large.
std::optional<double> parse_go_float(std::string_view literal);

}  // namespace dmachine::gotemplate

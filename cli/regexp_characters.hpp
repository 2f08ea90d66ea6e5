// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/regexp.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// Characters and classes of characters in regular expressions. What is read is cut off the front
/// of `rest`; failures are thrown as by Regexp's constructor.
namespace dmachine::cli {

using Ranges = std::vector<Regexp::Range>;

constexpr char32_t last_character = 0x10FFFF;

[[noreturn]] void refuse_regexp(const char* why, std::string_view what);

/// The first code point of a text. Bytes that are no UTF-8 are U+FFFD each.
char32_t take_character(std::string_view& rest);

/// All characters but these.
Ranges inverted(Ranges ranges);

/// With the other case of ASCII letters.
Ranges folded(Ranges ranges);

/// The class that a letter after a backslash stands for: d, w, s, and D, W, S for all but those.
std::optional<Ranges> perl_class(char letter);

/// The character that is meant by what follows a backslash. `from` begins with the backslash.
char32_t take_escape(std::string_view& rest, std::string_view from);

/// What follows a `[`, to the `]` and with it. `from` begins with the `[`.
Ranges take_bracket(std::string_view& rest, std::string_view from, bool fold);

}  // namespace dmachine::cli

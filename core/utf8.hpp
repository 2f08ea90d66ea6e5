// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dmachine {

/// What stands for a broken byte.
constexpr char32_t replacement_rune = 0xFFFD;

/// A code point and how many bytes it takes.
struct Rune {
  char32_t value;
  std::size_t length;

  /// The byte belongs to no UTF-8 sequence (RFC 3629); a U+FFFD that was written as such has
  /// length 3.
  bool is_broken() const { return value == replacement_rune && length == 1; }
};

/// The code point at the start of `text`, which must not be empty. As Go's utf8.DecodeRune: a
/// broken byte gives {replacement_rune, 1}.
Rune decode_rune(std::string_view text);

/// How many code points there are; a broken byte counts as one.
std::size_t count_runes(std::string_view text);

/// Adds a code point; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& out, char32_t rune);

/// Close to Go's unicode.IsPrint: controls, separators other than the blank, surrogates and private
/// use do not print. Code points that no Unicode version has assigned yet are taken as printable.
bool is_printable(char32_t rune);

enum class Ascii { no, only };

/// Adds a code point as it stands in a Go literal between two `quote`s: itself when it is printable
/// (and ASCII, where only that is wanted), else as \n, \x07, \u00ad, \U0010ffff.
void append_go_escaped(std::string& out, char32_t rune, char quote, Ascii ascii);

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <array>

namespace dmachine {

namespace {

/// What the first byte says: length of the sequence (0: no first byte) and the range of the second
/// byte.
struct Lead {
  std::size_t length;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) {
    return {1};
  }
  if (byte >= 0xC2 && byte <= 0xDF) {
    return {2};
  }
  if (byte >= 0xE0 && byte <= 0xEF) {
    // Neither over-long forms nor surrogates.
    return {3, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
  }
  if (byte >= 0xF0 && byte <= 0xF4) {
    return {4, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
  }
  return {0};
}

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array<Range, 16> not_printable{{{0, 0x1F},
                                               {0x7F, 0xA0},
                                               {0xAD, 0xAD},
                                               {0x600, 0x605},
                                               {0x61C, 0x61C},
                                               {0x6DD, 0x6DD},
                                               {0x70F, 0x70F},
                                               {0x1680, 0x1680},
                                               {0x180E, 0x180E},
                                               {0x2000, 0x200F},
                                               {0x2028, 0x202F},
                                               {0x205F, 0x206F},
                                               {0x3000, 0x3000},
                                               {0xD800, 0xF8FF},
                                               {0xFEFF, 0xFEFF},
                                               {0xFFF0, 0xFFFB}}};

}  // namespace

Rune decode_rune(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Lead lead = lead_of(byte(0));
  if (lead.length == 1) {
    return {byte(0), 1};
  }
  if (lead.length == 0 || text.size() < lead.length || byte(1) < lead.low || byte(1) > lead.high) {
    return {replacement_rune, 1};
  }
  char32_t value = byte(0) & (0xFFU >> (lead.length + 1));
  for (std::size_t i = 1; i < lead.length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return {replacement_rune, 1};
    }
    value = value << 6U | (byte(i) & 0x3FU);
  }
  return {value, lead.length};
}

std::size_t count_runes(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(decode_rune(text).length);
    ++count;
  }
  return count;
}

void append_utf8(std::string& out, char32_t rune) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | (rune >> shift & 0x3FU));
  };
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) {
    rune = replacement_rune;
  }
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xC0U | rune >> 6U);
    tail(0);
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xE0U | rune >> 12U);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | rune >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

bool is_printable(char32_t rune) {
  for (const Range& range : not_printable) {
    if (rune >= range.first && rune <= range.last) {
      return false;
    }
  }
  return rune < 0xE0000 && (rune & 0xFFFEU) != 0xFFFE;
}

void append_go_escaped(std::string& out, char32_t rune, char quote, Ascii ascii) {
  static constexpr std::string_view named = "abtnvfr";  // from 7 on
  if (rune == static_cast<unsigned char>(quote) || rune == U'\\') {
    out += '\\';
    out += static_cast<char>(rune);
  } else if (is_printable(rune) && (rune < 0x80 || ascii == Ascii::no)) {
    append_utf8(out, rune);
  } else if (rune >= 7 && rune <= 13) {
    out += '\\';
    out += named[rune - 7];
  } else if (rune < 0x20 || rune == 0x7F) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned>(rune));
  } else if (rune < 0x10000) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(rune));
  } else {
    out += fmt::format("\\U{:08x}", static_cast<unsigned>(rune));
  }
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/literal.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/text.hpp"

namespace dmachine::gotemplate {

namespace {

std::optional<char32_t> parse_digits(std::string_view& rest, std::size_t count, int base) {
  if (rest.size() < count) {
    return std::nullopt;
  }
  unsigned value = 0;
  const auto* begin = rest.data();
  const auto result = std::from_chars(begin, begin + count, value, base);
  if (result.ec != std::errc() || result.ptr != begin + count) {
    return std::nullopt;
  }
  rest.remove_prefix(count);
  return value;
}

/// One escape after its backslash. `as_byte` tells \x and octal, which are bytes and no code points.
std::optional<char32_t> parse_escape(std::string_view& rest, bool& as_byte) {
  const char c = rest[0];
  as_byte = false;
  static constexpr std::string_view letters = "abfnrtv\\'\"";
  static constexpr std::string_view values = "\a\b\f\n\r\t\v\\'\"";
  if (const auto at = letters.find(c); at != std::string_view::npos) {
    rest.remove_prefix(1);
    return static_cast<unsigned char>(values[at]);
  }
  if (c >= '0' && c <= '7') {
    as_byte = true;
    return parse_digits(rest, 3, 8);
  }
  rest.remove_prefix(1);
  as_byte = c == 'x';
  switch (c) {
    case 'x':
      return parse_digits(rest, 2, 16);
    case 'u':
      return parse_digits(rest, 4, 16);
    case 'U':
      return parse_digits(rest, 8, 16);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> unescape(std::string_view rest) {
  std::string text;
  while (!rest.empty()) {
    if (rest[0] != '\\') {
      text += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    rest.remove_prefix(1);
    bool as_byte = false;
    const auto rune = rest.empty() ? std::nullopt : parse_escape(rest, as_byte);
    if (!rune || (as_byte && *rune > 0xFF) || *rune > 0x10FFFF) {
      return std::nullopt;
    }
    if (as_byte) {
      text += static_cast<char>(static_cast<unsigned char>(*rune));
    } else {
      text += to_utf8(*rune);
    }
  }
  return text;
}

}  // namespace

std::string to_utf8(char32_t rune) {
  std::string text;
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | (rune >> shift & 0x3FU)); };
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) {
    rune = 0xFFFD;
  }
  if (rune < 0x80) {
    text += static_cast<char>(rune);
  } else if (rune < 0x800) {
    text += static_cast<char>(0xC0U | rune >> 6U);
    tail(0);
  } else if (rune < 0x10000) {
    text += static_cast<char>(0xE0U | rune >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | rune >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
  return text;
}

std::u32string to_runes(std::string_view text) {
  std::u32string runes;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
    char32_t rune = length == 1 ? lead : length == 0 ? 0 : lead & (0xFFU >> (length + 1));
    bool whole = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      whole = (byte & 0xC0U) == 0x80U;
      rune = rune << 6U | (byte & 0x3FU);
    }
    runes += whole ? rune : U'\uFFFD';
    i += whole ? length : 1;
  }
  return runes;
}

std::optional<std::string> unquote_go_string(std::string_view literal) {
  if (literal.size() < 2) {
    return std::nullopt;
  }
  const std::string_view inside = literal.substr(1, literal.size() - 2);
  return literal[0] == '`' ? std::optional(std::string(inside)) : unescape(inside);
}

std::optional<Value> parse_go_number(std::string_view literal) {
  if (literal[0] == '\'') {
    const auto text = unquote_go_string(literal);
    const auto runes = to_runes(text.value_or(""));
    return runes.size() == 1 ? std::optional(Value{static_cast<std::int64_t>(runes[0])}) : std::nullopt;
  }
  if (const auto integer = parse_go_int(literal)) {
    return Value{*integer};
  }
  const std::string text(literal);
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool has_digit = text.find_first_of("0123456789") != std::string::npos;
  if (end != text.c_str() + text.size() || !has_digit || !std::isfinite(number)) {
    return std::nullopt;
  }
  return Value{number};
}

}  // namespace dmachine::gotemplate

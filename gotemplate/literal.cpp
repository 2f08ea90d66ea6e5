// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/literal.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace dmachine::gotemplate {

namespace {

/// One character of a literal. \x and octal escapes give bytes, all else code points.
struct Element {
  char32_t value;
  bool is_byte;
};

std::optional<char32_t> take_digits(std::string_view& rest, std::size_t count, int base) {
  if (rest.size() < count) {
    return std::nullopt;
  }
  unsigned value = 0;
  const auto* end = rest.data() + count;
  const auto result = std::from_chars(rest.data(), end, value, base);
  if (result.ec != std::errc() || result.ptr != end) {
    return std::nullopt;
  }
  rest.remove_prefix(count);
  return value;
}

bool is_code_point(char32_t value) {
  return value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

/// What follows a backslash. The other kind of quote may not be escaped.
std::optional<Element> take_escape(std::string_view& rest, char quote) {
  const char c = rest[0];
  if (c >= '0' && c <= '7') {
    const auto value = take_digits(rest, 3, 8);
    return value && *value <= 0xFF ? std::optional(Element{*value, true}) : std::nullopt;
  }
  rest.remove_prefix(1);
  static constexpr std::string_view letters = "abfnrtv\\";
  static constexpr std::string_view values = "\a\b\f\n\r\t\v\\";
  if (const auto at = letters.find(c); at != std::string_view::npos) {
    return Element{static_cast<unsigned char>(values[at]), false};
  }
  if (c == quote) {
    return Element{static_cast<unsigned char>(c), false};
  }
  if (c == 'x') {
    const auto value = take_digits(rest, 2, 16);
    return value ? std::optional(Element{*value, true}) : std::nullopt;
  }
  if (c == 'u' || c == 'U') {
    const auto value = take_digits(rest, c == 'u' ? 4 : 8, 16);
    return value && is_code_point(*value) ? std::optional(Element{*value, false}) : std::nullopt;
  }
  return std::nullopt;
}

/// The next character between the quotes, which must not be empty.
std::optional<Element> take_character(std::string_view& rest, char quote) {
  if (rest[0] == quote || rest[0] == '\n') {
    return std::nullopt;
  }
  if (rest[0] == '\\') {
    rest.remove_prefix(1);
    return rest.empty() ? std::nullopt : take_escape(rest, quote);
  }
  const Rune rune = decode_rune(rest);
  rest.remove_prefix(rune.length);
  return Element{rune.value, false};
}

std::optional<std::string> unescape(std::string_view rest) {
  std::string text;
  while (!rest.empty()) {
    const auto character = take_character(rest, '"');
    if (!character) {
      return std::nullopt;
    }
    if (character->is_byte) {
      text += static_cast<char>(static_cast<unsigned char>(character->value));
    } else {
      append_utf8(text, character->value);
    }
  }
  return text;
}

/// Go drops carriage returns from raw strings.
std::string without_returns(std::string_view text) {
  std::string kept(text);
  kept.erase(std::remove(kept.begin(), kept.end(), '\r'), kept.end());
  return kept;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::optional<std::string> unquote_go_string(std::string_view literal) {
  if (literal.size() < 2) {
    return std::nullopt;
  }
  const std::string_view inside = literal.substr(1, literal.size() - 2);
  return literal[0] == '`' ? std::optional(without_returns(inside)) : unescape(inside);
}

std::optional<Character> unquote_go_character(std::string_view literal) {
  std::string_view rest = literal.substr(1, literal.size() - 2);
  if (rest.empty()) {
    return std::nullopt;
  }
  const auto first = take_character(rest, '\'');
  return first ? std::optional(Character{first->value, rest.empty()}) : std::nullopt;
}

std::optional<double> parse_go_float(std::string_view literal) {
  const std::string_view unsigned_part =
      literal.substr(literal.empty() || is_digit(literal[0]) || literal[0] == '.' ? 0 : 1);
  const bool hexadecimal = unsigned_part.substr(0, 2) == "0x" || unsigned_part.substr(0, 2) == "0X";
  if (hexadecimal && literal.find_first_of("pP") == std::string_view::npos) {
    return std::nullopt;
  }
  std::string text;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] != '_') {
      text += literal[i];
      continue;
    }
    // Between digits only; the prefix 0x counts as one.
    const char before = i > 0 ? literal[i - 1] : '\0';
    const bool after_digit =
        is_hex_digit(before) || (hexadecimal && (before == 'x' || before == 'X'));
    if (!after_digit || i + 1 == literal.size() || !is_hex_digit(literal[i + 1])) {
      return std::nullopt;
    }
  }
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool has_digit = std::any_of(text.begin(), text.end(), is_digit);
  if (text.empty() || end != text.c_str() + text.size() || !has_digit || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace dmachine::gotemplate

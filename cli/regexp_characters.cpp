// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/regexp_characters.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

namespace dmachine::cli {

namespace {

struct Class {
  std::string_view name;
  Ranges ranges;
};

const std::array<Class, 14>& posix_classes() {
  static const std::array<Class, 14> classes{{
      {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
      {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
      {"ascii", {{0, 0x7F}}},
      {"blank", {{'\t', '\t'}, {' ', ' '}}},
      {"cntrl", {{0, 0x1F}, {0x7F, 0x7F}}},
      {"digit", {{'0', '9'}}},
      {"graph", {{'!', '~'}}},
      {"lower", {{'a', 'z'}}},
      {"print", {{' ', '~'}}},
      {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
      {"space", {{'\t', '\r'}, {' ', ' '}}},
      {"upper", {{'A', 'Z'}}},
      {"word", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}, {'_', '_'}}},
      {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
  }};
  return classes;
}

bool takes(std::string_view& rest, std::string_view text) {
  if (rest.substr(0, text.size()) != text) {
    return false;
  }
  rest.remove_prefix(text.size());
  return true;
}

char32_t take_octal(std::string_view& rest, char first) {
  char32_t value = static_cast<char32_t>(first - '0');
  for (int i = 0; i < 2 && !rest.empty() && rest[0] >= '0' && rest[0] <= '7'; ++i) {
    value = value * 8 + static_cast<char32_t>(rest[0] - '0');
    rest.remove_prefix(1);
  }
  return value;
}

/// \x7F or \x{10FFFF}.
char32_t take_hexadecimal(std::string_view& rest, std::string_view from) {
  const bool braces = takes(rest, "{");
  const auto end = braces ? rest.find('}') : 2;
  const auto digits = end > rest.size() ? std::string_view() : rest.substr(0, end);
  const auto value = parse_go_uint("0x" + std::string(digits));
  if (!value || *value > last_character || digits.find('_') != std::string_view::npos) {
    refuse_regexp("invalid escape sequence",
                  from.substr(0, from.size() - rest.size() + std::min(digits.size(), rest.size())));
  }
  rest.remove_prefix(end + (braces ? 1 : 0));
  return static_cast<char32_t>(*value);
}

char32_t bracket_character(std::string_view& rest, std::string_view from) {
  if (rest.empty()) {
    refuse_regexp("missing closing ]", from);
  }
  const auto begin = rest;
  return takes(rest, "\\") ? take_escape(rest, begin) : take_character(rest);
}

/// [:alpha:], [:^alpha:] or \d.
std::optional<Ranges> class_in_bracket(std::string_view& rest) {
  if (rest.size() > 1 && rest[0] == '\\') {
    auto ranges = perl_class(rest[1]);
    if (ranges) {
      rest.remove_prefix(2);
    }
    return ranges;
  }
  const auto end = rest.find(":]");
  if (rest.substr(0, 2) != "[:" || end == std::string_view::npos || end < 2) {
    return std::nullopt;
  }
  auto name = rest.substr(2, end - 2);
  const bool negated = !name.empty() && name[0] == '^';
  name.remove_prefix(negated ? 1 : 0);
  for (const auto& one : posix_classes()) {
    if (one.name == name) {
      rest.remove_prefix(end + 2);
      return negated ? inverted(one.ranges) : one.ranges;
    }
  }
  refuse_regexp("invalid character class range", rest.substr(0, end + 2));
}

}  // namespace

void refuse_regexp(const char* why, std::string_view what) {
  throw Error(Errc::usage, fmt::format("error parsing regexp: {}: `{}`", why, what));
}

char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  char32_t value = length < 2 ? lead : lead & (0xFFU >> (length + 1));
  bool good = length > 0 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0U) == 0x80;
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  good = good && (length < 3 || value >= (length == 3 ? 0x800U : 0x10000U)) &&
         (value < 0xD800 || value > 0xDFFF) && value <= last_character;
  text.remove_prefix(good ? length : 1);
  return good ? value : 0xFFFD;
}

Ranges inverted(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end());
  Ranges rest;
  char32_t from = 0;
  for (const auto& [first, last] : ranges) {
    if (first > from) {
      rest.emplace_back(from, first - 1);
    }
    from = std::max<char32_t>(from, last + 1);
  }
  if (from <= last_character) {
    rest.emplace_back(from, last_character);
  }
  return rest;
}

/// Adds the other case of ASCII letters.
Ranges folded(Ranges ranges) {
  const auto count = ranges.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto& [begin, end, shift] :
         {std::tuple<char32_t, char32_t, int>{'A', 'Z', 32}, {'a', 'z', -32}}) {
      const auto first = std::max(ranges[i].first, begin);
      const auto last = std::min(ranges[i].second, end);
      if (first <= last) {
        ranges.emplace_back(static_cast<char32_t>(static_cast<int>(first) + shift),
                            static_cast<char32_t>(static_cast<int>(last) + shift));
      }
    }
  }
  return ranges;
}

std::optional<Ranges> perl_class(char letter) {
  std::string_view name;
  switch (letter | 0x20) {
    case 'd':
      name = "digit";
      break;
    case 'w':
      name = "word";
      break;
    case 's':
      return letter == 's' ? Ranges{{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}
                           : inverted({{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}});
    default:
      return std::nullopt;
  }
  const bool negated = letter < 'a';
  for (const auto& one : posix_classes()) {
    if (one.name == name) {
      return negated ? inverted(one.ranges) : one.ranges;
    }
  }
  return std::nullopt;
}

char32_t take_escape(std::string_view& rest, std::string_view from) {
  if (rest.empty()) {
    refuse_regexp("trailing backslash at end of expression", "");
  }
  const char32_t c = take_character(rest);
  constexpr std::string_view letters = "afnrtv";
  constexpr std::string_view meanings = "\a\f\n\r\t\v";
  if (c < 0x80) {
    const char letter = static_cast<char>(c);
    if (const auto at = letters.find(letter); at != std::string_view::npos) {
      return static_cast<char32_t>(meanings[at]);
    }
    if (letter == 'x') {
      return take_hexadecimal(rest, from);
    }
    const bool is_octal = letter == '0' || (letter >= '1' && letter <= '7' && !rest.empty() &&
                                            rest[0] >= '0' && rest[0] <= '7');
    if (is_octal) {
      return take_octal(rest, letter);
    }
    const bool is_word = letter == '_' || (letter >= '0' && letter <= '9') ||
                         ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z');
    if (!is_word) {
      return c;  // punctuation stands for itself
    }
  }
  refuse_regexp("invalid escape sequence", from.substr(0, from.size() - rest.size()));
}

Ranges take_bracket(std::string_view& rest, std::string_view from, bool fold) {
  const bool negated = takes(rest, "^");
  Ranges ranges;
  bool first = true;
  while (rest.empty() || rest[0] != ']' || first) {
    if (rest.empty()) {
      refuse_regexp("missing closing ]", from);
    }
    first = false;
    if (auto known = class_in_bracket(rest)) {
      ranges.insert(ranges.end(), known->begin(), known->end());
      continue;
    }
    const auto begin = rest;
    const char32_t low = bracket_character(rest, from);
    char32_t high = low;
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      high = bracket_character(rest, from);
    }
    if (high < low) {
      refuse_regexp("invalid character class range", begin.substr(0, begin.size() - rest.size()));
    }
    ranges.emplace_back(low, high);
  }
  rest.remove_prefix(1);
  if (fold) {
    ranges = folded(std::move(ranges));
  }
  return negated ? inverted(std::move(ranges)) : ranges;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/verbs.hpp"

#include "core/go_float.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace dmachine::gotemplate {

namespace {

Flags without_zero(Flags flags) {
  flags.zero = false;
  return flags;
}

std::string sign_of(const Flags& flags, bool negative) {
  return negative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
}

std::string digits_of(char32_t verb, std::uint64_t size) {
  switch (verb) {
    case U'b':
      return fmt::format("{:b}", size);
    case U'o':
    case U'O':
      return fmt::format("{:o}", size);
    case U'x':
      return fmt::format("{:x}", size);
    case U'X':
      return fmt::format("{:X}", size);
    default:
      return std::to_string(size);
  }
}

std::string prefix_of(const Flags& flags, char32_t verb, const std::string& digits) {
  if (verb == U'O') {
    return flags.sharp && digits[0] != '0' ? "0o0" : "0o";
  }
  if (!flags.sharp) {
    return "";
  }
  switch (verb) {
    case U'b':
      return "0b";
    case U'o':
      return digits[0] == '0' ? "" : "0";
    case U'x':
      return "0x";
    case U'X':
      return "0X";
    default:
      return "";
  }
}

std::string format_number(const Flags& flags, char32_t verb, std::uint64_t size, bool negative) {
  if (flags.precision == 0 && size == 0) {
    return std::string(static_cast<std::size_t>(flags.width.value_or(0)), ' ');
  }
  // Two ways to ask for leading zeros; a precision overrides the flag.
  int least = flags.precision.value_or(0);
  if (!flags.precision && flags.zero && flags.width) {
    least = *flags.width - (negative || flags.plus || flags.space ? 1 : 0);
  }
  std::string digits = digits_of(verb, size);
  if (least > 0 && digits.size() < static_cast<std::size_t>(least)) {
    digits.insert(0, static_cast<std::size_t>(least) - digits.size(), '0');
  }
  return pad(without_zero(flags),
             sign_of(flags, negative) + prefix_of(flags, verb, digits) + digits);
}

/// %U: U+0041, with # also the character.
std::string format_unicode(const Flags& flags, std::uint64_t number) {
  std::string text = fmt::format("U+{:0{}X}", number, std::max(flags.precision.value_or(4), 4));
  if (flags.sharp && number <= 0x10FFFF && is_printable(static_cast<char32_t>(number))) {
    text += " '";
    append_utf8(text, static_cast<char32_t>(number));
    text += "'";
  }
  return pad(without_zero(flags), text);
}

char32_t rune_of(std::uint64_t number) {
  const auto rune = static_cast<char32_t>(number);
  return number > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF) ? replacement_rune : rune;
}

std::string format_character(const Flags& flags, std::uint64_t number, bool quoted) {
  std::string text;
  if (quoted) {
    text += '\'';
    append_go_escaped(text, rune_of(number), '\'', flags.plus ? Ascii::only : Ascii::no);
    text += '\'';
  } else {
    append_utf8(text, rune_of(number));
  }
  return pad(flags, text);
}

/// %#g and the like keep the point and zeros at the end.
std::string with_point(std::string number, char form, int precision) {
  const auto tail_at = number.find_first_of(form == 'x' || form == 'X' ? "pP" : "eE");
  const std::string tail = tail_at == std::string::npos ? "" : number.substr(tail_at);
  number.resize(number.size() - tail.size());
  int wanted = 0;
  if (form == 'g' || form == 'G' || form == 'x') {
    wanted = precision < 0 ? 6 : precision;
    const auto first = number.find_first_not_of("0.");  // leading zeros are not significant
    const auto from = first == std::string::npos ? number.size() : first;
    wanted -= static_cast<int>(std::count_if(number.begin() + static_cast<std::ptrdiff_t>(from),
                                             number.end(), [](char c) { return c != '.'; }));
  }
  if (number.find('.') == std::string::npos) {
    wanted -= number == "0" ? 1 : 0;
    number += '.';
  }
  number.append(static_cast<std::size_t>(std::max(wanted, 0)), '0');
  return number + tail;
}

bool can_be_raw(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.is_broken() || rune.value == U'`' || rune.value == 0xFEFF || rune.value == 0x7F ||
        (rune.value < 0x20 && rune.value != U'\t')) {
      return false;
    }
    text.remove_prefix(rune.length);
  }
  return true;
}

std::string quote(const Flags& flags, std::string_view text) {
  if (flags.sharp && can_be_raw(text)) {
    return fmt::format("`{}`", text);
  }
  std::string out = "\"";
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.is_broken()) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else {
      append_go_escaped(out, rune.value, '"', flags.plus ? Ascii::only : Ascii::no);
    }
    text.remove_prefix(rune.length);
  }
  return out + '"';
}

std::string hex_of(const Flags& flags, std::string_view bytes, bool upper) {
  const std::string_view prefix = !flags.sharp ? "" : upper ? "0X" : "0x";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0 && flags.space) {
      out += ' ';
    }
    if (i == 0 || flags.space) {
      out += prefix;
    }
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out += upper ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
  }
  return out;
}

std::string_view truncate(const Flags& flags, std::string_view text) {
  if (!flags.precision) {
    return text;
  }
  std::size_t end = 0;
  for (int i = 0; i < *flags.precision && end < text.size(); ++i) {
    end += decode_rune(text.substr(end)).length;
  }
  return text.substr(0, end);
}

}  // namespace

std::string pad(const Flags& flags, std::string_view text) {
  const auto width = static_cast<std::size_t>(flags.width.value_or(0));
  const std::size_t length = width > 0 ? count_runes(text) : 0;
  if (length >= width) {
    return std::string(text);
  }
  const std::string filling(width - length, flags.zero ? '0' : ' ');
  return flags.minus ? std::string(text) + filling : filling + std::string(text);
}

std::optional<std::string> format_integer(const Flags& flags, char32_t verb, std::int64_t number,
                                          bool is_signed) {
  const auto bits = static_cast<std::uint64_t>(number);
  const bool negative = is_signed && number < 0;
  const std::uint64_t size = negative ? 0 - bits : bits;
  switch (verb) {
    case U'v':
      if (flags.sharp_v && !is_signed) {
        Flags sharp = flags;
        sharp.sharp = true;
        return format_number(sharp, U'x', size, false);
      }
      return format_number(flags, U'd', size, negative);
    case U'd':
    case U'b':
    case U'o':
    case U'O':
    case U'x':
    case U'X':
      return format_number(flags, verb, size, negative);
    case U'c':
      return format_character(flags, bits, false);
    case U'q':
      return format_character(flags, bits, true);
    case U'U':
      return format_unicode(flags, bits);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> format_string(const Flags& flags, char32_t verb, std::string_view text) {
  switch (verb) {
    case U'v':
      return pad(flags, flags.sharp_v ? quote(flags, truncate(flags, text))
                                      : std::string(truncate(flags, text)));
    case U's':
      return pad(flags, truncate(flags, text));
    case U'q':
      return pad(flags, quote(flags, truncate(flags, text)));
    case U'x':
    case U'X':
      return pad(flags, hex_of(flags,
                               text.substr(0, static_cast<std::size_t>(flags.precision.value_or(
                                                  std::numeric_limits<int>::max()))),
                               verb == U'X'));
    default:
      return std::nullopt;
  }
}

std::optional<std::string> format_boolean(const Flags& flags, char32_t verb, bool value) {
  return verb == U't' || verb == U'v' ? std::optional(pad(flags, value ? "true" : "false"))
                                      : std::nullopt;
}

std::optional<std::string> format_float(const Flags& flags, char32_t verb, double number) {
  constexpr std::u32string_view known = U"vbgGxXfFeE";
  if (known.find(verb) == std::u32string_view::npos) {
    return std::nullopt;
  }
  const char form = verb == U'v' ? 'g' : verb == U'F' ? 'f' : static_cast<char>(verb);
  const bool six = form == 'f' || form == 'e' || form == 'E';
  const int precision = flags.precision.value_or(six ? 6 : -1);
  std::string text = format_go_float(number, form, precision);
  // NaN and infinities do not occur: JSON has none.
  const bool negative = text[0] == '-';
  text.erase(0, negative ? 1 : 0);
  if (flags.sharp && form != 'b') {
    text = with_point(std::move(text), form, precision);
  }
  const std::string sign = sign_of(flags, negative);
  const auto width = static_cast<std::size_t>(flags.width.value_or(0));
  if (flags.zero && width > text.size() + sign.size()) {
    text.insert(0, width - text.size() - sign.size(), '0');  // between the sign and the digits
  }
  return pad(flags, sign + text);
}

}  // namespace dmachine::gotemplate

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace dmachine {

namespace {

/// Length of the valid UTF-8 sequence at the start of `text`, 0 when it is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    low = lead == 0xE0 ? 0xA0 : low;
    high = lead == 0xED ? 0x9F : high;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    low = lead == 0xF0 ? 0x90 : low;
    high = lead == 0xF4 ? 0x8F : high;
  }
  if (length == 0 || text.size() < length || byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    const std::string_view symbol = text.substr(0, length);
    text.remove_prefix(length);
    const char c = symbol[0];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&')) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (symbol == "\xE2\x80\xA8" || symbol == "\xE2\x80\xA9") {
      out += symbol[2] == '\xA8' ? "\\u2028" : "\\u2029";
    } else {
      out += symbol;
    }
  }
  out += '"';
}

/// indent 0 means all on one line.
void append_value(std::string& out, const Json& value, std::size_t indent, std::size_t depth) {
  const auto new_line = [&](std::size_t level) {
    if (indent > 0) {
      out += '\n';
      out.append(level * indent, ' ');
    }
  };
  const auto append_all = [&](char open, char close) {
    out += open;
    bool first = true;
    for (const auto& item : value.items()) {
      if (!first) {
        out += ',';
      }
      first = false;
      new_line(depth + 1);
      if (open == '{') {
        append_string(out, item.key());
        out += indent > 0 ? ": " : ":";
      }
      append_value(out, item.value(), indent, depth + 1);
    }
    if (!first) {
      new_line(depth);
    }
    out += close;
  };
  if (value.is_object()) {
    append_all('{', '}');
  } else if (value.is_array()) {
    append_all('[', ']');
  } else if (value.is_string()) {
    append_string(out, value.get_ref<const std::string&>());
  } else if (value.is_number_float()) {
    out += go_json_number(value.get<double>());
  } else {
    out += value.dump();
  }
}

/// Go's words for where a JSON text went wrong. nlohmann says the byte; Go says the character and the place.
[[noreturn]] void throw_syntax_error(std::string_view text, std::size_t byte) {
  if (trim(text).empty() || byte > text.size()) {
    throw Error(Errc::invalid, "unexpected end of JSON input");
  }
  const char c = text[byte == 0 ? 0 : byte - 1];
  const bool at_start = trim(text.substr(0, byte == 0 ? 0 : byte - 1)).empty();
  throw Error(Errc::invalid,
              fmt::format("invalid character '{}' {}", c,
                          at_start ? "looking for beginning of value" : "in JSON text"));
}

}  // namespace

Json parse_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& failure) {
    throw_syntax_error(text, failure.byte);
  }
}

std::string to_go_json(const Json& value) {
  std::string out;
  append_value(out, value, 4, 0);
  return out;
}

std::string to_go_json_compact(const Json& value) {
  std::string out;
  append_value(out, value, 0, 0);
  return out;
}

std::string go_json_number(double value) {
  if (value == 0) {
    return std::signbit(value) ? "-0" : "0";
  }
  const double size = std::fabs(value);
  std::array<char, 64> buffer{};
  if (size >= 1e-6 && size < 1e21) {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::fixed);
    return {buffer.data(), end.ptr};
  }
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific);
  std::string text(buffer.data(), end.ptr);
  // Go writes 1e-9, the standard library 1e-09.
  const auto sign = text.find_first_of("+-", text.find('e'));
  if (sign != std::string::npos && text[sign] == '-' && text[sign + 1] == '0') {
    text.erase(sign + 1, 1);
  }
  return text;
}

const Json* find_member(const Json& object, std::string_view key) {
  if (!object.is_object()) {
    return nullptr;
  }
  if (const auto exact = object.find(std::string(key)); exact != object.end()) {
    return &*exact;
  }
  for (const auto& item : object.items()) {
    if (equal_ignoring_case(item.key(), key)) {
      return &item.value();
    }
  }
  return nullptr;
}

}  // namespace dmachine

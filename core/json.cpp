// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/json.hpp"

#include "core/error.hpp"
#include "core/go_float.hpp"
#include "core/json_exact.hpp"
#include "core/json_syntax.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <cmath>

namespace dmachine {

namespace {

/// A character that Go's encoder does not write as it is.
std::string escaped(char32_t rune) {
  switch (rune) {
    case U'"':
      return "\\\"";
    case U'\\':
      return "\\\\";
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      return fmt::format("\\u{:04x}", static_cast<unsigned>(rune));
  }
}

bool needs_escape(char32_t rune) {
  return rune < 0x20 || rune == U'"' || rune == U'\\' || rune == U'<' || rune == U'>' ||
         rune == U'&' || rune == 0x2028 || rune == 0x2029;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.is_broken() || needs_escape(rune.value)) {
      out += escaped(rune.value);
    } else {
      out += text.substr(0, rune.length);
    }
    text.remove_prefix(rune.length);
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
  } else if (const auto text = find_number_text(value)) {
    out += *text;
  } else {
    out += value.dump();
  }
}

}  // namespace

namespace {

/// The grammar is right, so what our library refuses is a string that Go would repair.
Json parse_or_repair(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error&) {
    return Json::parse(repair_json_strings(text));
  }
}

}  // namespace

Json parse_json(std::string_view text) {
  check_json_syntax(text);
  try {
    return parse_or_repair(text);
  } catch (const Json::out_of_range&) {
    throw Error(Errc::invalid, "json: a number is too large for float64");
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
  const double size = std::fabs(value);
  if (size == 0 || (size >= 1e-6 && size < 1e21)) {
    return format_go_float(value, 'f', -1);
  }
  std::string text = format_go_float(value, 'e', -1);
  // encoding/json writes 1e-9, strconv 1e-09.
  if (const auto at = text.find("e-0"); at != std::string::npos) {
    text.erase(at + 2, 1);
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

std::string text_of(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

}  // namespace dmachine

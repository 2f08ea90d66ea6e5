// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "gotemplate/functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dmachine::gotemplate {

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\0':
        append_utf8(out, replacement_rune);
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_js(const std::string& text) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const Rune rune = decode_rune(rest);
    const bool quoted = rune.value == U'\\' || rune.value == U'\'' || rune.value == U'"';
    const bool markup =
        rune.value == U'<' || rune.value == U'>' || rune.value == U'&' || rune.value == U'=';
    // DEL is left as it is, and so is a broken byte (U+FFFD prints).
    if (quoted) {
      out += '\\';
    }
    if (markup || (rune.value != 0x7F && !is_printable(rune.value))) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(rune.value));
    } else {
      out += rest.substr(0, rune.length);
    }
    rest.remove_prefix(rune.length);
  }
  return out;
}

std::string escape_query(const std::string& text) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto blank = std::min(rest.find(' '), rest.size());
    out += url_encode(rest.substr(0, blank));
    out += blank < rest.size() ? "+" : "";
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return out;
}

}  // namespace dmachine::gotemplate

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os_release.hpp"

#include "core/text.hpp"

namespace dmachine::provision {
namespace {

/// The value of an assignment after the quotes are taken away; it ends at the first bare blank.
std::string unquote(std::string_view text) {
  std::string value;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      break;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      const char next = text[i + 1];
      // In double quotes a backslash is one unless it stands before one of these.
      const bool escapes = quote == 0 || next == '"' || next == '$' || next == '`' || next == '\\';
      value += escapes ? text[++i] : c;
    } else {
      value += c;
    }
  }
  return value;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  for (const auto& part : split(text, ' ')) {
    if (!part.empty()) {
      found.push_back(part);
    }
  }
  return found;
}

}  // namespace

OsRelease parse_os_release(std::string_view text) {
  OsRelease release;
  for (const auto& raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    const auto equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string_view::npos) {
      continue;
    }
    const std::string_view key = line.substr(0, equals);
    std::string value = unquote(line.substr(equals + 1));
    if (key == "ID") {
      release.id = value;
    } else if (key == "ID_LIKE") {
      release.id_like = words(value);
    } else if (key == "VERSION_ID") {
      release.version_id = value;
    } else if (key == "VARIANT_ID") {
      release.variant_id = value;
    } else if (key == "PRETTY_NAME") {
      release.pretty_name = value;
    }
  }
  return release;
}

}  // namespace dmachine::provision

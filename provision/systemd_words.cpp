// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/systemd_words.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::provision {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_utf8(std::string_view text) {
  try {
    static_cast<void>(Json(std::string(text)).dump());  // refuses what is not UTF-8
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

void check_holdable(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || !is_utf8(text)) {
    throw Error(Errc::invalid,
                fmt::format("{} cannot be given to the Docker daemon: it is not valid UTF-8 text",
                            go_quote(text)));
  }
}

/// Quotes where needed; `%` is doubled either way, and `$` where the daemon's command line would
/// expand it.
std::string quoted(std::string_view text, bool double_dollars) {
  const bool plain =
      !text.empty() && text != ";" && std::none_of(text.begin(), text.end(), [](char c) {
        return c == ' ' || c == '"' || c == '\'' || c == '\\' || is_control(c);
      });
  std::string out;
  for (const char c : text) {
    if (c == '%' || (c == '$' && double_dollars)) {
      out += c;
      out += c;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return plain ? out : '"' + out + '"';
}

bool is_variable_name(std::string_view name) {
  const auto is_start = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && is_start(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string exec_word(std::string_view word) {
  check_holdable(word);
  return quoted(word, true);
}

std::string environment_word(std::string_view assignment) {
  check_holdable(assignment);
  const auto equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  if (equals == std::string_view::npos || !is_variable_name(name)) {
    // The value may be a secret: only the name is shown.
    throw Error(
        Errc::invalid,
        fmt::format("invalid engine environment variable {}: it has to be NAME=VALUE, and the "
                    "name of letters, digits and underscores",
                    go_quote(name)));
  }
  const std::string_view value = assignment.substr(equals + 1);
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return is_control(c) && c != '\t' && c != '\n'; })) {
    throw Error(
        Errc::invalid,
        fmt::format("invalid engine environment variable {}: its value holds a control character",
                    name));
  }
  return quoted(assignment, false);
}

}  // namespace dmachine::provision

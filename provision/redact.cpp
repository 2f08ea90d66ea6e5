// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/redact.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace dmachine::provision {
namespace {

constexpr std::string_view redacted = "[redacted]";

bool speaks_of_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 5> words{"pass", "secret", "token", "key",
                                                         "credential"};
  const std::string lower = to_lower(name);
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

/// `scheme://user:password@host`
void redact_urls(std::string& text) {
  for (auto at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const auto begin = at + 3;
    const auto end = std::min(text.find_first_of("/ \t\r\n\"'", begin), text.size());
    const auto host = text.rfind('@', end);
    const auto colon = text.find(':', begin);
    if (host != std::string::npos && colon < host && host >= begin && host < end) {
      text.replace(colon + 1, host - colon - 1, redacted);
    }
  }
}

}  // namespace

std::string redact(std::string text, const std::vector<std::string>& variables) {
  for (const auto& variable : variables) {
    const auto equals = variable.find('=');
    if (equals != std::string::npos && equals + 1 < variable.size() &&
        speaks_of_a_secret(std::string_view(variable).substr(0, equals))) {
      text = replace_all(std::move(text), variable.substr(equals + 1), redacted);
    }
  }
  redact_urls(text);
  return text;
}

}  // namespace dmachine::provision

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/scrub.hpp"

#include "core/json.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dmachine::cloud {

namespace {

constexpr std::string_view redacted = "[redacted]";
constexpr std::size_t longest = 2048;

bool names_a_secret(std::string_view key) {
  static constexpr std::array<std::string_view, 7> parts{
      "token", "secret", "assertion", "password", "private", "saml", "credential"};
  const std::string lower = to_lower(key);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

/// Whether something was taken out.
bool redact(Json& value) {
  bool changed = false;
  if (value.is_object()) {
    for (auto& item : value.items()) {
      if (item.value().is_string() && names_a_secret(item.key())) {
        item.value() = redacted;
        changed = true;
      } else {
        changed = redact(item.value()) || changed;
      }
    }
  } else if (value.is_array()) {
    for (auto& element : value) {
      changed = redact(element) || changed;
    }
  }
  return changed;
}

}  // namespace

std::string scrub(std::string body, const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.size() >= 4) {
      for (const auto& form : {secret, url_encode(secret), replace_all(secret, "/", "\\/")}) {
        body = replace_all(std::move(body), form, redacted);
      }
    }
  }
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_discarded() && redact(json)) {
    body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  if (body.size() > longest) {
    body.resize(longest);
    body += "…";
  }
  return body;
}

}  // namespace dmachine::cloud

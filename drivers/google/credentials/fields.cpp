// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::google {

const Json& member(const Json& credentials, std::string_view key) {
  static const Json null;
  const Json* found = find_member(credentials, key);
  return found != nullptr ? *found : null;
}

std::string text(const Json& credentials, std::string_view key) {
  const Json& value = member(credentials, key);
  if (value.is_null()) {
    return {};
  }
  if (!value.is_string()) {
    throw Error(Errc::invalid,
                fmt::format("the field {} in credentials is no text", go_quote(key)));
  }
  return value.get<std::string>();
}

std::string required(const Json& credentials, std::string_view key) {
  auto value = text(credentials, key);
  if (value.empty()) {
    throw Error(Errc::invalid, fmt::format("missing {} field in credentials", go_quote(key)));
  }
  return value;
}

std::string universe_domain(const Json& credentials) {
  const auto domain = to_lower(text(credentials, "universe_domain"));
  // It becomes part of the names of hosts that tokens are sent to.
  if (domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos) {
    throw Error(Errc::invalid,
                fmt::format("invalid universe_domain {} in credentials", go_quote(domain)));
  }
  return domain.empty() ? std::string(default_universe) : domain;
}

}  // namespace dmachine::google

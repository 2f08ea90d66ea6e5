// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/endpoint.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dmachine::ssh {

namespace {

bool is_safe_word(std::string_view word) {
  return !word.empty() && word[0] != '-' && std::none_of(word.begin(), word.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F;
  });
}

}  // namespace

void check(const Endpoint& endpoint) {
  if (!is_safe_word(endpoint.user)) {
    throw Error(Errc::invalid, fmt::format("invalid SSH user {}", go_quote(endpoint.user)));
  }
  if (!is_safe_word(endpoint.host)) {
    throw Error(Errc::invalid, fmt::format("invalid SSH host {}", go_quote(endpoint.host)));
  }
  if (endpoint.port < 1 || endpoint.port > 65535) {
    throw Error(Errc::invalid, fmt::format("invalid SSH port {}", endpoint.port));
  }
}

}  // namespace dmachine::ssh

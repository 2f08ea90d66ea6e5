// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/key_account.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace dmachine::amazonec2 {

std::optional<std::string> account_of_key(std::string_view key_id) {
  constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr std::size_t kind = 4;  // AKIA, ASIA, …
  constexpr std::size_t length = 20;
  if (key_id.size() != length) {
    return std::nullopt;
  }
  // The number stands behind the first bit, which is set, in the next 40.
  std::uint64_t bits = 0;
  for (const char c : key_id.substr(kind, 9)) {
    const auto value = base32.find(c);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = bits << 5 | value;
  }
  if ((bits >> 44 & 1) == 0) {
    return std::nullopt;
  }
  constexpr std::uint64_t forty_ones = (std::uint64_t{1} << 40) - 1;
  return fmt::format("{:012}", bits >> 4 & forty_ones);
}

std::string account_of_arn(std::string_view arn) {
  constexpr std::size_t account = 4;  // arn:partition:service:region:ACCOUNT:…
  const auto parts = split(arn, ':');
  return parts.size() > account && parts[0] == "arn" ? std::string(parts[account]) : "";
}

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/duration.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace dmachine::cli {

namespace {

constexpr std::int64_t longest = std::int64_t{100} * 366 * 24 * 3600;

std::int64_t unit_in_seconds(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text == "0") {
    return std::chrono::seconds(0);
  }
  if (text.empty()) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end == text.data() + text.size() || unit_in_seconds(*end) == 0) {
      return std::nullopt;
    }
    seconds += number * unit_in_seconds(*end);
    if (seconds > longest) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  return std::chrono::seconds(seconds);
}

}  // namespace dmachine::cli

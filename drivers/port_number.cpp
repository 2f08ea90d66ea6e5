// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/port_number.hpp"

#include <string>

namespace dmachine {

std::optional<int> parse_port_number(std::string_view text) {
  if (text.empty() || text.size() > 5 ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  const int number = std::stoi(std::string(text));
  return number <= 65535 ? std::optional(number) : std::nullopt;
}

std::optional<int> find_swarm_port(std::string_view swarm_host) {
  auto place = swarm_host;
  if (const auto scheme = place.find("://"); scheme != std::string_view::npos) {
    place.remove_prefix(scheme + 3);
  }
  place = place.substr(0, place.find('/'));
  const auto colon = place.rfind(':');
  return colon == std::string_view::npos ? std::nullopt
                                         : parse_port_number(place.substr(colon + 1));
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/driver.hpp"

#include "core/error.hpp"
#include "drivers/host_port.hpp"

#include <array>

namespace dmachine {

std::string_view to_string(State state) {
  static constexpr std::array<std::string_view, 9> words{
      "", "Running", "Paused", "Saved", "Stopped", "Stopping", "Starting", "Error", "Timeout"};
  return words.at(static_cast<std::size_t>(state));
}

std::string Driver::engine_url(const std::string& address) const {
  return "tcp://" + join_host_port(address, 2376);
}

void Driver::update_labels(const Context& /*ctx*/,
                           const std::map<std::string, std::string>& /*labels*/) {
  throw Error(Errc::invalid, "driver does not support labels");
}

}  // namespace dmachine

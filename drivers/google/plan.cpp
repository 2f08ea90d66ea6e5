// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What a create would make, in order, without asking anybody.
#include "core/text.hpp"
#include "drivers/google/driver.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

std::string firewall_line(const StoredState& state) {
  std::vector<std::string> ports;
  for (const auto& port : wanted_ports(state)) {
    ports.push_back(port.port + "/" + port.protocol);
  }
  return fmt::format("firewall rule {} in network {} for {}, where it is missing",
                     rule_name(state.network), state.network, join(ports, ", "));
}

std::string disk_line(const StoredState& state) {
  return fmt::format("disk {}: {} GB, {}, from {}, deleted with the instance",
                     boot_disk_name(state), state.disk_size, state.disk_type, state.machine_image);
}

std::vector<std::string> places(const StoredState& state) {
  std::vector<std::string> lines;
  if (state.bulk_insert) {
    const std::string where =
        state.location_zones.empty() ? "any zone" : "zones " + join(state.location_zones, ", ");
    lines.push_back(fmt::format("region {}, {}", state.region, where));
    for (const auto& selection : state.flex_selections) {
      lines.push_back(selection);
    }
    return lines;
  }
  for (const auto& candidate : candidates_of(state)) {
    lines.push_back(to_string(candidate));
  }
  return lines;
}

}  // namespace

std::vector<std::string> GoogleDriver::plan() const {
  const std::string& project = state_.project;
  if (state_.use_existing) {
    return {fmt::format("instance {} in zone {} of project {} gets the tag {} and an SSH key",
                        name(), state_.zone, project, firewall_tag)};
  }
  std::vector<std::string> lines;
  if (!state_.skip_firewall) {
    lines.push_back(firewall_line(state_));
  }
  lines.push_back(disk_line(state_));
  const auto all = places(state_);
  lines.push_back(fmt::format("instance {} in project {}: {}", name(), project, all.front()));
  for (std::size_t i = 1; i < all.size(); ++i) {
    lines.push_back(fmt::format("or, without capacity there: {}", all[i]));
  }
  return lines;
}

}  // namespace dmachine::google

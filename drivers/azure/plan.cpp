// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What a create would make, in order.
#include "drivers/azure/driver.hpp"
#include "drivers/azure/names.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

std::vector<std::string> AzureDriver::plan() const {
  if (state_.is_legacy()) {
    return {};
  }
  const auto network = network_of(state_);
  std::vector<std::string> lines{
      fmt::format("resource group {} in {}, unless it is there", state_.resource_group,
                  normalise_location(state_.location)),
      fmt::format("virtual network {}:{} with subnet {}, unless they are there", network.group,
                  network.name, state_.subnet_name)};
  if (!state_.availability_set.empty()) {
    lines.push_back(
        fmt::format("availability set {}, unless it is there", state_.availability_set));
  }
  lines.push_back(state_.nsg.empty()
                      ? fmt::format("network security group {}", security_group_name(name()))
                      : fmt::format("network security group {}:{}, unless it is there",
                                    security_group_of(state_).group,
                                    security_group_of(state_).name));
  if (!state_.no_public_ip) {
    lines.push_back(fmt::format("public IP address {}", public_ip_name(name())));
  }
  lines.push_back(fmt::format("network interface {}", interface_name(name())));
  const auto all = candidates();
  for (const Candidate& candidate : all) {
    AzureDriver one(state_);
    one.take(candidate);
    lines.push_back(fmt::format("{}virtual machine {} with disk {}: {}",
                                &candidate == &all.front() ? "" : "or, when that is sold out, ",
                                name(), disk_name(name()), one.placement()));
  }
  return lines;
}

}  // namespace dmachine::azure

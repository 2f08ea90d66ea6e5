// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/subnet.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

Subnet given_subnet(const Context& ctx, Client& client, const StoredState& state,
                    const std::string& zone) {
  const auto found = client.subnets(ctx, {{"subnet-id", {state.subnet_id}}});
  if (found.empty()) {
    throw Error(Errc::not_found,
                "The desired subnet could not be located in this region. Is "
                "'--amazonec2-subnet-id' or AWS_SUBNET_ID configured correctly?");
  }
  const Subnet& subnet = found.front();
  if (!state.vpc_id.empty() && subnet.vpc_id != state.vpc_id) {
    throw Error(Errc::invalid, fmt::format("SubnetId: {} does not belong to VpcId: {}",
                                           state.subnet_id, state.vpc_id));
  }
  if (state.choices.zone_given && subnet.zone != zone) {
    throw Error(Errc::invalid,
                fmt::format("SubnetId: {} is in the zone {}, not in {}", state.subnet_id,
                            subnet.zone, zone),
                "without --amazonec2-zone the subnet's own zone is taken");
  }
  return subnet;
}

}  // namespace

Subnet find_subnet(const Context& ctx, Client& client, const StoredState& state) {
  const std::string zone = zone_name(state.region, state.zone, !state.endpoint.empty());
  if (!state.subnet_id.empty()) {
    return given_subnet(ctx, client, state, zone);
  }
  std::string vpc = state.vpc_id;
  if (vpc.empty()) {
    // The account's default VPC has a default subnet in each zone, as a rule: one call then.
    const auto defaults =
        client.subnets(ctx, {{"availability-zone", {zone}}, {"default-for-az", {"true"}}});
    if (!defaults.empty()) {
      return defaults.front();
    }
    const auto known = client.default_vpc(ctx);
    if (!known) {
      throw Error(Errc::invalid,
                  "amazonec2 driver requires either the --amazonec2-subnet-id or "
                  "--amazonec2-vpc-id option or an AWS Account with a default vpc-id");
    }
    vpc = *known;
  }
  const auto found = client.subnets(ctx, {{"availability-zone", {zone}}, {"vpc-id", {vpc}}});
  if (found.empty()) {
    throw Error(Errc::not_found,
                fmt::format("unable to find a subnet that is both in the zone {} and belonging to "
                            "VPC ID {}",
                            zone, vpc));
  }
  const auto best = std::ranges::find_if(found, &Subnet::is_default);
  return best == found.end() ? found.front() : *best;
}

}  // namespace dmachine::amazonec2

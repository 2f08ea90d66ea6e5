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

const Subnet* subnet_called(const std::vector<Subnet>& all, const std::string& id) {
  const auto found = std::ranges::find(all, id, &Subnet::id);
  return found == all.end() ? nullptr : &*found;
}

/// The best of a zone: the default one, else the first.
const Subnet* subnet_in(const std::vector<Subnet>& all, const std::string& zone) {
  const Subnet* best = nullptr;
  for (const auto& subnet : all) {
    if (subnet.zone == zone && (best == nullptr || (subnet.is_default && !best->is_default))) {
      best = &subnet;
    }
  }
  return best;
}

std::vector<Subnet> given_subnets(const Context& ctx, Client& client, const StoredState& state,
                                  const std::vector<std::string>& zones) {
  const auto ids = subnets_of(state);
  const auto found = client.subnets(ctx, {{"subnet-id", ids}});
  std::vector<Subnet> subnets;
  for (const auto& id : ids) {
    const Subnet* subnet = subnet_called(found, id);
    if (subnet == nullptr) {
      throw Error(Errc::not_found,
                  fmt::format("The desired subnet could not be located in this region. Is "
                              "'--amazonec2-subnet-id' or AWS_SUBNET_ID configured correctly?{}",
                              ids.size() > 1 ? fmt::format(" ({})", id) : ""));
    }
    if (!state.vpc_id.empty() && subnet->vpc_id != state.vpc_id) {
      throw Error(Errc::invalid,
                  fmt::format("SubnetId: {} does not belong to VpcId: {}", id, state.vpc_id));
    }
    if (!subnets.empty() && subnet->vpc_id != subnets.front().vpc_id) {
      throw Error(Errc::invalid,
                  fmt::format("SubnetId: {} belongs to VpcId: {}, but {} to {}", id, subnet->vpc_id,
                              subnets.front().id, subnets.front().vpc_id),
                  "all subnets of the list must lie in one VPC");
    }
    if (state.choices.zone_given && std::ranges::find(zones, subnet->zone) == zones.end()) {
      throw Error(Errc::invalid,
                  fmt::format("SubnetId: {} is in the zone {}, not in {}", id, subnet->zone,
                              join(zones, ", ")),
                  "without --amazonec2-zone the subnet's own zone is taken");
    }
    subnets.push_back(*subnet);
  }
  return subnets;
}

/// One in each zone; throws for the first that has none.
std::vector<Subnet> subnets_in(const std::vector<std::string>& zones,
                               const std::vector<Subnet>& known, const std::string& vpc) {
  std::vector<Subnet> subnets;
  for (const auto& zone : zones) {
    const Subnet* subnet = subnet_in(known, zone);
    if (subnet == nullptr) {
      throw Error(
          Errc::not_found,
          fmt::format("unable to find a subnet that is both in the zone {} and belonging to "
                      "VPC ID {}",
                      zone, vpc));
    }
    subnets.push_back(*subnet);
  }
  return subnets;
}

}  // namespace

std::vector<std::string> zones_of(const StoredState& state) {
  return state.choices.zones.empty()
             ? std::vector{zone_name(state.region, state.zone, !state.endpoint.empty())}
             : state.choices.zones;
}

std::vector<std::string> subnets_of(const StoredState& state) {
  return state.choices.subnets.empty() ? std::vector{state.subnet_id} : state.choices.subnets;
}

std::vector<std::string> types_of(const StoredState& state) {
  return state.choices.types.empty() ? std::vector{state.instance_type} : state.choices.types;
}

std::vector<Subnet> find_subnets(const Context& ctx, Client& client, const StoredState& state) {
  const auto zones = zones_of(state);
  if (!subnets_of(state).front().empty()) {
    return given_subnets(ctx, client, state, zones);
  }
  std::string vpc = state.vpc_id;
  if (vpc.empty()) {
    // The account's default VPC has a default subnet in each zone, as a rule: one call then.
    const auto defaults =
        client.subnets(ctx, {{"availability-zone", zones}, {"default-for-az", {"true"}}});
    const auto has_default = [&](const std::string& zone) {
      return subnet_in(defaults, zone) != nullptr;
    };
    if (std::ranges::all_of(zones, has_default)) {
      return subnets_in(zones, defaults, vpc);
    }
    const auto known = client.default_vpc(ctx);
    if (!known) {
      throw Error(Errc::invalid,
                  "amazonec2 driver requires either the --amazonec2-subnet-id or "
                  "--amazonec2-vpc-id option or an AWS Account with a default vpc-id");
    }
    vpc = *known;
  }
  return subnets_in(zones, client.subnets(ctx, {{"availability-zone", zones}, {"vpc-id", {vpc}}}),
                    vpc);
}

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// The virtual machine, in the first zone and size, and at the first price, that Azure has.
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/azure/operations.hpp"
#include "drivers/azure/parts.hpp"
#include "drivers/azure/removal.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

std::vector<Candidate> AzureDriver::candidates() const {
  std::vector<Candidate> places;
  for (const auto& zone : state_.zone_choices) {
    places.push_back({zone, "", "", false});
  }
  return make_candidates(places, state_.size_choices, state_.spot, state_.falls_back_on_demand);
}

void AzureDriver::take(const Candidate& candidate) {
  // A state from a store has no choices, and candidates without texts.
  if (!candidate.size.empty()) {
    state_.size = candidate.size;
  }
  if (!candidate.zone.empty()) {
    state_.availability_zone = candidate.zone;
  }
  state_.spot = candidate.spot;
  if (!state_.spot) {
    state_.eviction_policy.clear();
    state_.spot_max_price.clear();
  }
}

void AzureDriver::try_sizes(const Context& ctx, const Checkpoint& checkpoint, Parts& parts,
                            const std::string& custom_data) {
  const auto all = candidates();
  const CapacityMemory memory(state_.base.store_path,
                              fmt::format("azure {} {}", to_lower(state_.subscription_id),
                                          normalise_location(state_.location)),
                              services_.now);
  try_candidates(ctx, memory, all, [&](const Candidate& candidate) {
    take(candidate);
    log::info("({}) Creating virtual machine.  name={} location={} size={} username={} osImage={}",
              name(), go_quote(name()), go_quote(state_.location), go_quote(state_.size),
              go_quote(state_.base.ssh_user), go_quote(state_.image));
    begin({part::virtual_machine, part::disk}, checkpoint);
    try {
      make_virtual_machine(ctx, parts, custom_data);
    } catch (const Error& error) {
      if (error.code() == Errc::capacity && all.size() > 1) {
        clear_for_next(ctx, checkpoint, parts);
      }
      throw;
    }
    return true;
  });
}

/// A machine that could not be placed mostly stays, in the state Failed, and takes its interface
/// and address along when it is deleted: those are made again.
void AzureDriver::clear_for_next(const Context& ctx, const Checkpoint& checkpoint, Parts& parts) {
  Client& api = client();
  const auto erase_one = [&](const Target& target) {
    return with_context(target.title, [&] { return erase(ctx, api, target); });
  };
  const bool was_there = erase_one(virtual_machine());
  erase_one(scope().disk(disk_name(name())));
  state_.pending->begun.erase(part::virtual_machine);
  state_.pending->begun.erase(part::disk);
  state_.pending->unanswered.clear();
  if (!was_there) {
    return;
  }
  if (!state_.no_public_ip && !api.find(ctx, scope().public_ip(public_ip_name(name())))) {
    begin({part::public_ip}, checkpoint);
    make_public_ip(ctx, parts);
  }
  if (!api.find(ctx, scope().network_interface(interface_name(name())))) {
    begin({part::network_interface}, checkpoint);
    parts.interface = make_interface(ctx, parts);
  }
}

std::string AzureDriver::placement() const {
  const auto location = normalise_location(state_.location);
  const auto place =
      state_.availability_zone.empty() ? location : location + " zone " + state_.availability_zone;
  return to_string(Candidate{place, "", state_.size, state_.spot});
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Where and as what an instance is tried, one place, type and market after the other.
#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/subnet.hpp"

namespace dmachine::amazonec2 {

std::vector<Candidate> Amazonec2Driver::candidates() const {
  std::vector<Candidate> places;
  for (const auto& subnet : subnets_) {
    places.push_back({subnet.zone, subnet.id, {}, false});
  }
  const auto given = subnets_of(state_);
  if (subnets_.empty() && !given.front().empty()) {
    for (const auto& subnet : given) {
      places.push_back({{}, subnet, {}, false});
    }
  } else if (subnets_.empty()) {
    for (const auto& zone : zones_of(state_)) {
      places.push_back({zone, {}, {}, false});
    }
  }
  return make_candidates(places, types_of(state_), state_.request_spot,
                         state_.choices.on_demand_too);
}

void Amazonec2Driver::take(const Candidate& candidate) {
  if (!candidate.zone.empty()) {
    state_.zone = zone_letter(state_.region, candidate.zone, !state_.endpoint.empty());
  }
  if (!candidate.subnet.empty()) {
    state_.subnet_id = candidate.subnet;
  }
  state_.instance_type = candidate.size;
  state_.request_spot = candidate.spot;
}

/// Nothing of an attempt that found no capacity is there when the next one begins.
void Amazonec2Driver::take_back_attempt(const Context& ctx) {
  just_seen_.reset();
  adopt_pending(ctx);
  if (!state_.instance_id.empty()) {
    terminate(ctx);
  }
  if (!state_.spot_request_id.empty()) {
    cancel_spot_request(ctx);
  } else if (state_.request_spot) {
    cancel_spot_requests_of_create(ctx);
  }
  state_.instance_id.clear();
  state_.spot_request_id.clear();
  state_.private_ip_address.clear();
  state_.base.ip_address.clear();
  made_at_.reset();
  state_.pending->sent_at = 0;
}

std::string Amazonec2Driver::placement() const {
  const std::string zone = state_.zone.size() == 1 ? state_.region + state_.zone : state_.zone;
  return to_string(Candidate{zone, {}, state_.instance_type, state_.request_spot});
}

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/placement.hpp"

#include "drivers/google/driver.hpp"
#include "drivers/google/names.hpp"

namespace dmachine::google {

bool is_placed_by_cloud(const StoredState& state) {
  return state.bulk_insert || state.in_instance_group;
}

std::string zone_of(const StoredState& state) {
  return is_placed_by_cloud(state) ? state.resolved_zone : state.zone;
}

std::string region_of(const StoredState& state) {
  return state.bulk_insert ? state.region : region_of(zone_of(state));
}

std::string boot_disk_name(const StoredState& state) {
  return state.bulk_insert ? state.base.machine_name : disk_name(state.base.machine_name);
}

bool is_spot(const StoredState& state) {
  return state.preemptible || state.provisioning_model == spot_model;
}

Candidate current_candidate(const StoredState& state) {
  return {zone_of(state), "",
          is_placed_by_cloud(state) ? state.resolved_machine_type : state.machine_type,
          is_spot(state)};
}

std::vector<Candidate> candidates_of(const StoredState& state) {
  return state.candidates.empty() ? std::vector{current_candidate(state)} : state.candidates;
}

void take_candidate(StoredState& state, const StoredState& wanted, const Candidate& candidate) {
  state.zone = candidate.zone;
  state.machine_type = candidate.size;
  state.preemptible = candidate.spot && wanted.preemptible;
  const bool keeps_model = candidate.spot || wanted.provisioning_model != spot_model;
  state.provisioning_model = keeps_model ? wanted.provisioning_model : std::string();
}

std::string GoogleDriver::placement() const {
  Candidate candidate = current_candidate(state_);
  if (candidate.zone.empty()) {  // what is known before the cloud has chosen
    candidate.zone = state_.region;
    candidate.size = state_.machine_type;
  }
  return to_string(candidate);
}

}  // namespace dmachine::google

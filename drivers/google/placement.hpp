// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/capacity.hpp"
#include "drivers/google/state.hpp"

#include <string>
#include <vector>

/// Where and what an instance is, by what the store knows. All pure.
namespace dmachine::google {

/// Whether the cloud picks the zone: by a bulk insert, or for the managed instance groups of newer
/// releases of GitLab's fork. Then ResolvedZone and ResolvedMachineType count (google.md 1.2).
bool is_placed_by_cloud(const StoredState& state);

/// The instance's zone; empty while nobody knows.
std::string zone_of(const StoredState& state);
/// Of the instance, or that it will get.
std::string region_of(const StoredState& state);

/// NAME-disk; for a bulk insert, which names disks itself, the instance's name.
std::string boot_disk_name(const StoredState& state);

bool is_spot(const StoredState& state);
/// What Zone, MachineType and market say now.
Candidate current_candidate(const StoredState& state);
/// All that a create tries, in order; never empty.
std::vector<Candidate> candidates_of(const StoredState& state);
/// `wanted` as the user asked for it, with zone, machine type and market of the candidate.
void take_candidate(StoredState& state, const StoredState& wanted, const Candidate& candidate);

}  // namespace dmachine::google

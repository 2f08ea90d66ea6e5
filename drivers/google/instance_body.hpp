// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/google/state.hpp"

#include <string>

namespace dmachine::google {

/// What has to be looked up before an instance can be inserted.
struct InstanceFacts {
  std::string resource_base;  // what URLs begin with
  std::string static_ip;      // empty: an ephemeral one
  bool disk_exists = false;   // NAME-disk, to be used again
  MetadataMap metadata;
};

/// The tag that the firewall rule is for.
constexpr std::string_view firewall_tag = "docker-machine";

/// The body of instances.insert; with a bulk insert its instanceProperties. Source: compute v1,
/// Instance and InstanceProperties; google.md 3.2 d.
Json instance_body(const StoredState& state, const InstanceFacts& facts);
/// The body of regionInstances.bulkInsert for one instance of the machine's name. Source: compute
/// v1, BulkInsertInstanceResource; google.md 3.6.
Json bulk_body(const StoredState& state, const InstanceFacts& facts);

/// projects/P/global/networks/N as a URL, or the user's own text when that is more than a name.
std::string network_reference(const StoredState& state, const std::string& resource_base);

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/azure/state.hpp"
#include "drivers/finding.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a region offers, held against what a create asks for. All pure. Sources: Compute, Resource
/// Skus - List, Usage - List, VirtualMachineImages - Get; Network, Usages - List.
namespace dmachine::azure {

/// A size's entry in the list of a region's SKUs; nullptr when the region has none of that name.
const Json* find_size(const Json& skus, std::string_view size);
/// The value of a size's capability; empty when it does not say.
std::string capability(const Json& sku, std::string_view name);

/// The size, zone and market of `state`, and what else it asks of the size. `is_only`: no other
/// candidate makes up for it.
std::vector<Finding> examine_size(const StoredState& state, const Json& skus, bool is_only);

/// Cores by size and market.
std::vector<Finding> examine_compute_quota(const StoredState& state, const Json& skus,
                                           const Json& usages);
std::vector<Finding> examine_network_quota(const StoredState& state, const Json& usages);

/// `image`: the properties of an image's version, held against the size of `state`.
std::vector<Finding> examine_image(const StoredState& state, const Json& image, const Json& skus);

/// The network as it is, or nothing, and where the machine's subnet would be in it.
std::vector<Finding> examine_network(const StoredState& state, const std::optional<Json>& network);

}  // namespace dmachine::azure

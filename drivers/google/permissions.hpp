// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/finding.hpp"
#include "drivers/google/access.hpp"
#include "drivers/google/state.hpp"

#include <string>
#include <vector>

namespace dmachine::google {

/// What a permission is for: without it a create fails, or something else does.
struct NeededPermission {
  std::string name;     // compute.instances.create
  std::string project;  // the machine's, or the network's with a shared VPC
  Finding::Level without = Finding::Level::problem;
};

/// For a create, the machine's life and `gc`. Pure. Source: the permission that the reference of
/// each method of compute v1 names.
std::vector<NeededPermission> needed_permissions(const StoredState& state);

/// Asks the Resource Manager by projects.testIamPermissions which of them are granted; with a token
/// of its own, since the driver's has the scope for Compute Engine alone. One finding for each that
/// is missing, or one that says that all are there.
std::vector<Finding> examine_permissions(const Context& ctx, const Services& services,
                                         const Secret& auth, const StoredState& state);

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/google/state.hpp"

namespace dmachine::google {

/// Labels of one resource. Source: Compute Engine, "Organize resources using labels".
constexpr std::size_t most_labels = 64;

/// The user's labels, rancher's that its rules go by, and the owner's. The user's own win; where
/// the owner's three do not fit beside them, all three are left out.
MetadataMap instance_labels(const StoredState& state);
/// Likewise, without --google-vm-labels and rancher's.
MetadataMap disk_labels(const StoredState& state);

/// A resource's `labels`; none for anything but an object of texts.
MetadataMap labels_of(const Json& resource);

}  // namespace dmachine::google

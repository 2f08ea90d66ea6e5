// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dmachine::amazonec2 {

/// The image that the machine gets: the one given, or the newest of Canonical's Ubuntu LTS for the
/// region and the architecture of the instance type. Nothing when a given image may not be looked
/// at: accounts that served the reference need not allow DescribeImages. Throws for an unknown
/// image, and for one of another architecture than the instance type.
std::optional<Image> find_image(const Context& ctx, Client& client, const StoredState& state);

/// The newest image of the newest LTS, by name (`…/ubuntu-noble-24.04-amd64-server-20250101`) and
/// then by time; nullptr when there is none. Pure.
const Image* newest_lts(const std::vector<Image>& images);

}  // namespace dmachine::amazonec2

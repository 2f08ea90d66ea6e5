// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/option.hpp"

#include <span>

namespace dmachine::amazonec2 {

/// The flags of upstream, GitLab's fork and rancher's, with their names, variables, keys and
/// defaults, and our two for volumes. Differences are in docs/drivers-amazonec2.md.
std::span<const Option> options();

/// The security group of those who name none: shared by all machines of a VPC, never deleted.
constexpr std::string_view default_group = "docker-machine";

}  // namespace dmachine::amazonec2

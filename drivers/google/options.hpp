// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/option.hpp"

#include <span>

namespace dmachine::google {

/// The flags of upstream, GitLab's fork and rancher's, with their names, variables, keys and
/// defaults. Differences are in docs/drivers-google.md.
std::span<const Option> options();

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/option.hpp"

#include <span>

namespace dmachine::azure {

/// The flags of Docker Machine 0.16.2 and of rancher's fork, all of them, and our own.
std::span<const Option> options();

}  // namespace dmachine::azure

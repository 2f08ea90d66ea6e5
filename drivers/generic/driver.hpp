// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/driver.hpp"

/// A host that is there already and is reached by SSH. Nothing is paid for here, and nothing is
/// made.
namespace dmachine::generic {

extern const DriverType type;

}  // namespace dmachine::generic

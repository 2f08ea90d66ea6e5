// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "drivers/driver.hpp"
#include "drivers/option.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// Looks at all that a create of `name` by this driver needs, with the values of a table that holds
/// create's options and the driver's. Creates nothing. Throws Cancelled alone.
std::vector<Finding> examine_create(const Context& ctx, const DriverType& type,
                                    const OptionValues& options, const MachineIdentity& machine);

/// The same for a driver that is there already.
std::vector<Finding> examine_driver(const Context& ctx, Driver& driver);

}  // namespace dmachine::cli

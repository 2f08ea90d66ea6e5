// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "drivers/driver.hpp"
#include "drivers/option.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// Looks at all that a create of `machine` by this driver needs, with the values of a table that
/// holds create's options and the driver's. Creates nothing. Throws Cancelled alone.
std::vector<Finding> examine_create(const Context& ctx, const DriverType& type,
                                    const OptionValues& options, const MachineIdentity& machine);

/// The same where name and driver are there already.
std::vector<Finding> examine_create(const Context& ctx, const OptionValues& options,
                                    Driver& driver);

}  // namespace dmachine::cli

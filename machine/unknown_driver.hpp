// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/driver.hpp"

#include <memory>
#include <string>

namespace dmachine::machine {

/// Stands in for a driver that this program does not have: every verb throws `Driver "x" not found.
/// Do you have the plugin binary accessible in your PATH?`; the stored object is kept as it is.
std::unique_ptr<Driver> make_unknown_driver(const std::string& driver_name, const Json& stored);

}  // namespace dmachine::machine

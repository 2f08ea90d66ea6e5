// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/driver.hpp"

#include <span>
#include <string_view>

namespace dmachine {

/// All drivers that are built in, by name.
std::span<const DriverType* const> driver_types();

/// The driver called `name`, or nullptr.
const DriverType* find_driver_type(std::string_view name);

}  // namespace dmachine

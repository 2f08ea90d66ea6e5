// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/registry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dmachine::cli {

/// create's first pass: the driver whose options are to be read, from the words after the program's
/// name, else from MACHINE_DRIVER. `-driver X` is not seen by it, as in the reference.
std::optional<std::string> find_driver_name(const std::vector<std::string>& words);

/// No name stands for the reference's default. Throws Error{not_found} in the reference's words;
/// the hint names what is meant or built in.
const DriverType& driver_type_or_throw(const std::optional<std::string>& name);

/// The common options of create, then the driver's if there is one.
std::vector<Option> create_options_with(const DriverType* type);

}  // namespace dmachine::cli

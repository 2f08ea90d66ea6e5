// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"
#include "drivers/registry.hpp"
#include "provision/options.hpp"

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

/// A command's options, then the driver's if there is one.
std::vector<Option> options_with(std::span<const Option> own, const DriverType* type);

/// Reads the words of a command that takes the options of the driver chosen by --driver or
/// MACHINE_DRIVER (Parsing::with_driver) into `arguments`, and gives that driver; nullptr when none
/// is named. After a wrong word the help is on stdout. Throws UsageError, and Error{not_found} for
/// an unknown driver.
const DriverType* parse_with_driver(Invocation& invocation);

/// The driver's own options with the values that were parsed into a table which has them.
OptionValues driver_values(const DriverType& type, const OptionValues& parsed);

/// create's options for the engine.
provision::EngineOptions engine_options(const OptionValues& options);

}  // namespace dmachine::cli

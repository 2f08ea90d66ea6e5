// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"
#include "drivers/driver.hpp"

#include <cstddef>
#include <string>

namespace dmachine::cli {

/// The program's help, made from the command table and the global options, `width` columns wide.
std::string program_help(const std::string& program, std::size_t width);

/// A command's help; `driver` adds that driver's options, for `create --driver X --help`.
std::string command_help(const Command& command, std::size_t width,
                         const DriverType* driver = nullptr);

/// The same for stdout as it is.
std::string program_help(const std::string& program);
std::string command_help(const Command& command, const DriverType* driver = nullptr);

/// `PROG version V, build C`.
std::string version_line(const std::string& program);

}  // namespace dmachine::cli

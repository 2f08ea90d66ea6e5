// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"

#include <span>
#include <string>

namespace dmachine::cli {

/// The program's help, made from the command table and the global options.
std::string program_help(const std::string& program);

/// A command's help. `driver_options` are added in a group of their own for `create --driver X
/// --help`.
std::string command_help(const Command& command, std::span<const Option> driver_options = {},
                         std::string_view driver_name = {});

/// `PROG version V, build C`.
std::string version_line(const std::string& program);

}  // namespace dmachine::cli

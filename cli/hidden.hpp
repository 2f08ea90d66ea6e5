// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Commands for programs, not for people: in no help, and free of debug output and global options.
///   __complete [WORD...] WORD   what could stand in WORD's place, for completions/ (see
///   complete.hpp)
///   __man                       the manual page dmachine(1), in mdoc
///   __options                   docs/options.md
namespace dmachine::cli {

/// Takes the words after the hidden command and gives the exit code. Throws nothing.
using HiddenCommand = int (*)(const std::vector<std::string>& words);

/// nullptr when there is none of that name.
HiddenCommand find_hidden_command(std::string_view name);

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/arguments.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Guesses at what a mistyped word was meant to be, for the hint of an error. Nothing here runs
/// unless a command line was wrong.
namespace dmachine::cli {

/// `did you mean X?`, `did you mean X or Y?` for what is nearest; "" when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

/// The command that was meant by its name or by what other programs call it (`list`, `delete`).
std::string suggest_command(std::string_view word);

/// The option among `options` that was meant: a misspelling, or a driver's option without the
/// driver's name (`--zone` for `--google-zone`).
std::string suggest_option(std::string_view flag, std::span<const Option> options);

struct Command;

/// The error with a better hint where the unknown option is known elsewhere: it belongs before the
/// command, behind it, or to another driver. `command` is nullptr for the words before the command.
UsageError explain(const UsageError& error, const Command* command);

/// `PROG: 'x' is not a PROG command. See 'PROG --help'.`
Error no_such_command(const std::string& program, const std::string& name);

}  // namespace dmachine::cli

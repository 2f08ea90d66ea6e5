// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::cli {

/// How a shell sets and unsets variables, and what a comment with the command to evaluate looks
/// like there (cli.md section 9).
struct Shell {
  std::string_view name;
  std::string_view set_before, set_between, set_after;  // around the name and the value
  std::string_view unset_before, unset_after;           // around the name
  std::string_view comment;                             // begins the first hint line
  std::string_view hint_before, hint_after;             // around the command line in the second
};

/// The shell called `name`; the form of sh for any that we do not know.
const Shell& find_shell(std::string_view name);

std::string set_line(const Shell& shell, std::string_view variable, std::string_view value);
std::string unset_line(const Shell& shell, std::string_view variable);
/// Two comment lines that tell how to evaluate the output of `argv`.
std::string hint_lines(const Shell& shell, const std::vector<std::string>& argv);

}  // namespace dmachine::cli

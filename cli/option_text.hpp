// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/option.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// How options are written for people: help, manual page and docs/options.md say the same.
namespace dmachine::cli {

/// VALUE, NUMBER, FILE …; "" for a boolean.
std::string_view placeholder(const Option& option);

/// `--force`; `-y` for a flag of one letter.
std::string dashed(std::string_view flag);

/// With a capital letter.
std::string sentence(std::string_view text);

/// Options under one heading.
struct OptionGroup {
  std::string_view title;  // empty for the general ones
  std::vector<Option> options;
};

/// By `Option::group`, in the order in which the groups appear; what has no group comes first.
std::vector<OptionGroup> group_options(std::span<const Option> options);

/// Of every command's and the program's options, with --help.
std::vector<Option> with_help(std::span<const Option> options);

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/regexp.hpp"

#include <string_view>
#include <vector>

namespace dmachine::cli {

/// What an expression becomes.
struct RegexpProgram {
  std::vector<Regexp::Step> steps;
  std::size_t start = 0;
};

/// Throws as Regexp's constructor.
RegexpProgram parse_regexp(std::string_view pattern);

}  // namespace dmachine::cli

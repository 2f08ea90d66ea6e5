// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/complete.hpp"
#include "drivers/option.hpp"
#include "machine/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::cli {

/// What `option` can be set to, by its row's `values`. `typed` is the value so far.
Completion complete_value(const Option& option, std::string_view typed,
                          const machine::Store& store);

/// The store's machines that have a valid name; none when the store cannot be read.
std::vector<std::string> machine_names(const machine::Store& store);

}  // namespace dmachine::cli

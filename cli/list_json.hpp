// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/list.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// `ls --format json`: one JSON array, a machine on each line, in the order of the rows. The keys
/// are described in docs/ls.md and stay; what is not known is null.
std::string list_json(const std::vector<machine::ListItem>& items);

}  // namespace dmachine::cli

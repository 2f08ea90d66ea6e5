// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/list.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// `ls --format`: the Go template for each row, or with the prefix `table` aligned under the names
/// of its fields (cli.md section 8). Throws Error{invalid} with Go's text; rows before a failing
/// one are out by then.
void print_formatted(const std::vector<machine::ListItem>& items, const std::string& format);

}  // namespace dmachine::cli

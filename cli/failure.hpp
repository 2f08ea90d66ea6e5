// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

namespace dmachine::cli {

/// Prints what failed on stderr. Off a terminal it is one line, its hint in parentheses, since a
/// log has a record per line; a person gets the hint on a line of its own.
void print_failure(const Error& error);

}  // namespace dmachine::cli

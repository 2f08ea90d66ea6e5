// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace dmachine::cli {

/// Rows of cells as text: each column as wide as its longest cell and three blanks, at least five; the last cell of a row is not padded, the
/// one before it is. As Go's tabwriter with the reference's settings.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace dmachine::cli

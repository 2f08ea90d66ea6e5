// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace dmachine::cli {

/// Puts colour around a cell whose width is known.
using Decorate =
    std::function<std::string(std::size_t row, std::size_t column, const std::string& cell)>;

/// Rows of cells as text, as Go's tabwriter with the reference's settings (minimal width 5, padding
/// 3): a column is as wide as its longest cell and the padding, counted in code points, over the
/// rows in a row that have it; the last cell of a row is not padded, the one before it is.
std::string format_table(const std::vector<std::vector<std::string>>& rows,
                         const Decorate& decorate = {});

}  // namespace dmachine::cli

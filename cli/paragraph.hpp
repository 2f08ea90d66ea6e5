// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dmachine::cli {

/// The words in lines of at most `width` columns; a longer word has a line of its own. A line feed
/// in the text begins a new line. Ends in a line feed.
std::string paragraph(std::string_view text, std::size_t width);

/// A term and what it means, from `column` on; the meaning begins on the next line where the term
/// is too long. On a terminal that is too narrow for that it stands below, indented.
std::string two_columns(std::string_view term, std::string_view meaning, std::size_t column,
                        std::size_t width);

}  // namespace dmachine::cli

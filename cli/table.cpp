// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace dmachine::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t padding = 3;
constexpr std::size_t least_width = 5;

/// Whether the row has a cell in the column that another one follows.
bool has_cell(const std::vector<std::string>& row, std::size_t column) {
  return column + 1 < row.size();
}

/// The widths of one column, row by row: rows in a row that have the column share the width of
/// their longest cell.
std::vector<std::size_t> column_widths(const Rows& rows, std::size_t column) {
  std::vector<std::size_t> widths(rows.size());
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    std::size_t width = least_width;
    for (; end < rows.size() && has_cell(rows[end], column); ++end) {
      width = std::max(width, count_runes(rows[end][column]) + padding);
    }
    std::fill(widths.begin() + static_cast<std::ptrdiff_t>(begin),
              widths.begin() + static_cast<std::ptrdiff_t>(end), width);
    begin = end + 1;
  }
  return widths;
}

}  // namespace

std::string format_table(const Rows& rows, const Decorate& decorate) {
  std::vector<std::string> lines(rows.size());
  std::size_t columns = 0;
  for (const auto& row : rows) {
    columns = std::max(columns, row.size());
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const auto widths = column_widths(rows, column);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (column < rows[i].size()) {
        lines[i] += decorate ? decorate(i, column, rows[i][column]) : rows[i][column];
      }
      if (has_cell(rows[i], column)) {
        lines[i].append(widths[i] - count_runes(rows[i][column]), ' ');
      }
    }
  }
  std::string text;
  for (const auto& line : lines) {
    text += line + '\n';
  }
  return text;
}

}  // namespace dmachine::cli

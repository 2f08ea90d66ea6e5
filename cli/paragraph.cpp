// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/paragraph.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <vector>

namespace dmachine::cli {

namespace {

constexpr std::size_t narrowest_meaning = 30;
constexpr std::size_t narrow_indent = 8;

/// Columns of UTF-8 text as our help has it: one per code point.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::vector<std::string> lines_of(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (const auto& part : split(text, '\n')) {
    std::string line;
    for (const auto& word : split(part, ' ')) {
      if (!line.empty() && columns(line) + 1 + columns(word) > width) {
        lines.push_back(line);
        line.clear();
      }
      line += (line.empty() ? "" : " ") + word;
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::string paragraph(std::string_view text, std::size_t width) {
  std::string all;
  for (const auto& line : lines_of(text, width)) {
    all += line + "\n";
  }
  return all;
}

std::string two_columns(std::string_view term, std::string_view meaning, std::size_t column,
                        std::size_t width) {
  const bool is_narrow = width < column + narrowest_meaning;
  const std::size_t indent = is_narrow ? narrow_indent : column;
  std::string all(term);
  std::size_t at = columns(term);
  for (const auto& line : lines_of(meaning, std::max(width, indent + 1) - indent)) {
    if (line.empty()) {
      continue;
    }
    if (at + 1 >= indent) {  // no room for two blanks between
      all += "\n";
      at = 0;
    }
    all += std::string(indent - at, ' ') + line;
    at = indent;
  }
  return all + "\n";
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/mdoc.hpp"

#include "core/utf8.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

std::string mdoc_word(std::string_view text) {
  std::string word;
  while (!text.empty()) {
    const auto rune = decode_rune(text);
    text.remove_prefix(rune.length);
    if (rune.value == U'\\') {
      word += "\\e";
    } else if (rune.value == U'-') {
      word += "\\-";  // a plain one may become a hyphen that nobody can paste
    } else if (rune.value < 0x80) {
      word += static_cast<char>(rune.value);
    } else {
      word += fmt::format("\\[u{:04X}]", static_cast<unsigned>(rune.value));
    }
  }
  return word;
}

std::string mdoc_text(std::string_view text) {
  const bool is_macro = !text.empty() && (text[0] == '.' || text[0] == '\'');
  std::string line = (is_macro ? "\\&" : "") + mdoc_word(text) + "\n";
  // Each sentence has a line of its own, for the right space between them.
  for (auto at = line.find(". "); at != std::string::npos; at = line.find(". ", at + 1)) {
    if (line[at + 2] >= 'A' && line[at + 2] <= 'Z') {
      line[at + 1] = '\n';
    }
  }
  return line;
}

}  // namespace dmachine::cli

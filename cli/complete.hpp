// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace dmachine::cli {

/// What could stand at the cursor. Made of the tables and the store's folder names alone: nothing
/// is asked of a cloud or a machine.
struct Completion {
  struct Candidate {
    std::string text;  // the whole word
    std::string description;
  };
  enum class Files { none, files, folders };

  std::vector<Candidate> candidates;
  Files files = Files::none;  // the shell offers names of files too
};

/// `words` are those after the program's name; the last is the one at the cursor, as far as it is
/// typed, may be empty. Throws what reading the store throws.
Completion complete(const std::vector<std::string>& words);

/// The form that completions/ read: a line `TEXT<TAB>DESCRIPTION` per candidate, then `:files` or
/// `:folders`. A text that ends in `=` or `:` wants to be typed on.
std::string to_lines(const Completion&);

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine::cli {

/// Prints `QUESTION (y/n): ` to stdout and reads one word from stdin, as Go's Scanln: yes if the
/// line holds exactly one word and it begins with y or Y. Throws Error{invalid} (`EOF`, `unexpected
/// newline`, `expected newline`) when there is no such line.
bool ask(const std::string& question);

/// As `ask`; an answer that cannot be read is a no.
bool confirm(const std::string& question);

}  // namespace dmachine::cli

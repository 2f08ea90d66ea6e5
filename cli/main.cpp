// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "core/files.hpp"

int main(int argc, char** argv) {
  dmachine::ensure_standard_streams();
  return dmachine::cli::run_program(std::vector<std::string>(argv, argv + argc));
}

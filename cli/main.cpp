// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/files.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
  dmachine::ensure_standard_streams();
  return dmachine::cli::run_program(std::vector<std::string>(argv, argv + argc));
}

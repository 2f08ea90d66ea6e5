// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/files.hpp"
#include "machine/tombstone.hpp"

#include <unistd.h>

#include <string>
#include <vector>

int main(int argc, char** argv) {
  dmachine::ensure_standard_streams();
  const int code = dmachine::cli::run_program(std::vector<std::string>(argv, argv + argc));
  if (dmachine::machine::has_abandoned_sweep()) {
    _exit(code);  // everything of ours is written at once, so that there is nothing to flush
  }
  return code;
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/suggest.hpp"
#include "core/log.hpp"

namespace dmachine::cli {

int run_help(Invocation& invocation) {
  const std::string program = invocation.argv[0].substr(invocation.argv[0].rfind('/') + 1);
  if (invocation.words().empty() || invocation.words()[0].empty()) {
    log::result(program_help(program));
    return 0;
  }
  const std::string& name = invocation.words()[0];
  const Command* command = find_command(name);
  if (command == nullptr) {
    throw no_such_command(program, name);
  }
  log::result(command_help(*command));
  return 0;
}

}  // namespace dmachine::cli

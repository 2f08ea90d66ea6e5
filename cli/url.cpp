// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/log.hpp"
#include "machine/access.hpp"

namespace dmachine::cli {

int run_url(Invocation& invocation) {
  machine::Machine machine = invocation.store().load(invocation.one_name_or_default());
  log::result(machine::engine_url(invocation.ctx, machine) + "\n");
  return 0;
}

}  // namespace dmachine::cli

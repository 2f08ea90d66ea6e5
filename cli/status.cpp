// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "machine/access.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

int run_status(Invocation& invocation) {
  const std::string name = invocation.one_name_or_default();
  machine::Machine machine = invocation.store().load(name);
  const State state = with_context(fmt::format("error getting state for host {}", name),
                                   [&] { return machine::current_state(invocation.ctx, machine); });
  log::info(to_string(state));
  return 0;
}

}  // namespace dmachine::cli

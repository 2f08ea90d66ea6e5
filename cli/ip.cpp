// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "machine/access.hpp"
#include "machine/lifecycle.hpp"

namespace dmachine::cli {

int run_ip(Invocation& invocation) {
  machine::for_each_machine(
      invocation.ctx, invocation.store(), invocation.names_or_default(),
      machine::Locking::read_only,
      [](const Context& ctx, const machine::Store&, machine::Machine& machine) {
        log::result(with_context("Error getting IP address",
                                 [&] { return machine::current_address(ctx, machine) + "\n"; }));
      });
  return 0;
}

}  // namespace dmachine::cli

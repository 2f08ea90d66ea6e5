// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/prompt.hpp"
#include "core/log.hpp"
#include "machine/lifecycle.hpp"
#include "machine/provisioning.hpp"

namespace dmachine::cli {

int run_regenerate_certs(Invocation& invocation) {
  const OptionValues& options = invocation.options();
  if (!options.boolean("force") &&
      !ask("Regenerate TLS machine certs?  Warning: this is irreversible.")) {
    return 0;
  }
  log::info("Regenerating TLS certificates");
  const bool client_too = options.boolean("client-certs");
  machine::for_each_machine(
      invocation.ctx, invocation.store(), invocation.names_or_default(), machine::Locking::wait,
      [&](const Context& ctx, const machine::Store& store, machine::Machine& machine) {
        if (client_too) {
          machine::renew_authority(ctx, machine);
        }
        machine::provision_again(ctx, store, machine, machine::Certificates::renew);
      });
  return 0;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/lifecycle.hpp"

#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "core/log.hpp"
#include "machine/provisioning.hpp"

namespace dmachine::cli {

namespace {

void on_each(const Invocation& invocation, const machine::Action& action) {
  const Progress progress;
  machine::for_each_machine(invocation.ctx, invocation.store(), invocation.names_or_default(),
                            machine::Locking::wait, action);
}

constexpr auto new_addresses =
    " machines may have new IP addresses. You may need to re-run the `docker-machine env` command.";

}  // namespace

int run_start(Invocation& invocation) {
  on_each(invocation, machine::start);
  log::info(std::string("Started") + new_addresses);
  return 0;
}

int run_stop(Invocation& invocation) {
  on_each(invocation, machine::stop);
  return 0;
}

int run_kill(Invocation& invocation) {
  on_each(invocation, machine::kill);
  return 0;
}

int run_restart(Invocation& invocation) {
  on_each(invocation, machine::restart);
  log::info(std::string("Restarted") + new_addresses);
  return 0;
}

int run_provision(Invocation& invocation) {
  on_each(invocation,
          [](const Context& ctx, const machine::Store& store, machine::Machine& machine) {
            machine::provision_again(ctx, store, machine, machine::Certificates::keep_if_good);
          });
  return 0;
}

int run_upgrade(Invocation& invocation) {
  on_each(invocation, machine::upgrade);
  return 0;
}

}  // namespace dmachine::cli

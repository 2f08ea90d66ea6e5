// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/list.hpp"

namespace dmachine::cli {

int run_active(Invocation& invocation) {
  if (!invocation.words().empty()) {
    throw Error(Errc::usage, "Error: Too many arguments given");
  }
  const Duration timeout = std::chrono::seconds(invocation.options().integer("timeout"));
  const auto items = machine::list_items(invocation.ctx, machine::load_all(invocation.store()),
                                         timeout, find_env("DOCKER_HOST").value_or(""));
  for (const auto& item : items) {
    if (item.active_host || item.active_swarm) {
      log::result(item.name + "\n");
      return 0;
    }
  }
  for (const auto& item : items) {
    if (item.state == State::timeout) {
      throw Error(Errc::timeout, "Error getting active host: timeout");
    }
  }
  throw Error(Errc::not_found, "No active host found");
}

}  // namespace dmachine::cli

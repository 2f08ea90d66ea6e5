// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/connection.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "engine/client.hpp"
#include "machine/access.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

std::string swarm_url(const std::string& engine_url, const machine::Machine& machine) {
  const auto& swarm = machine.options.swarm;
  if (!swarm.master) {
    throw Error(
        Errc::invalid,
        fmt::format(
            "{} is not a swarm master. The --swarm flag is intended for use with swarm masters",
            go_quote(machine.name)));
  }
  const auto port = swarm.host.rfind(':');
  return engine_url.substr(0, engine_url.rfind(':')) +
         (port == std::string::npos ? ":3376" : swarm.host.substr(port));
}

}  // namespace

std::string checked_url(const Invocation& invocation, machine::Machine& machine, bool swarm) {
  const std::string url = machine::connected_url(invocation.ctx, invocation.store(), machine);
  if (!swarm) {
    return url;
  }
  const std::string swarm_address = swarm_url(url, machine);
  try {
    engine::check_connection(invocation.ctx, swarm_address,
                             machine::tls_files(machine.options.auth));
  } catch (const Error&) {
    throw Error(Errc::unavailable,
                "Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not "
                "started");
  }
  return swarm_address;
}

}  // namespace dmachine::cli

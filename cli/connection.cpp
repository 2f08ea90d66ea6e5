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
  const auto engine = [&] {
    return machine::connected_url(invocation.ctx, invocation.store(), machine);
  };
  if (!swarm) {
    return engine();
  }
  const auto answers = [&](const std::string& url) {
    engine::check_connection(invocation.ctx, url, machine::tls_files(machine.options.auth));
    return url;
  };
  const std::string first = swarm_url(machine::engine_url(invocation.ctx, machine), machine);
  try {
    return answers(first);
  } catch (const Error& failure) {
    std::string second;
    try {
      second = swarm_url(engine(), machine);  // maybe at another address by now
    } catch (const Error&) {
      throw failure;
    }
    if (second != first) {
      return answers(second);
    }
    throw Error(Errc::unavailable,
                "Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not "
                "started");
  }
}

}  // namespace dmachine::cli

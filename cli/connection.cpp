// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/connection.hpp"

#include "cli/renewal.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/access.hpp"
#include "machine/expiry.hpp"

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

std::string answering_url(const Invocation& invocation, machine::Machine& machine, bool swarm) {
  const auto engine = [&] {
    return machine::connected_url(invocation.ctx, invocation.store(), machine);
  };
  if (!swarm) {
    return engine();
  }
  const auto answers = [&](const std::string& url) {
    machine::check_engine(invocation.ctx, url, machine);
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

}  // namespace

std::string checked_url(const Invocation& invocation, machine::Machine& machine, bool swarm) {
  const auto ending = [&] { return machine::ExpiryLook().at(machine.options.auth); };
  std::string url;
  try {
    url = answering_url(invocation, machine, swarm);
  } catch (const Error& error) {
    if (error.code() != Errc::denied) {
      throw;
    }
    throw Error(error.code(), error.what(),
                renewal_advice(invocation, machine.name, ended(ending())));
  }
  if (const std::string advice = renewal_advice(invocation, machine.name, ending());
      !advice.empty()) {
    log::warn(advice);
  }
  return url;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/connection.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

int run_config(Invocation& invocation) {
  // stdout is for the docker client's command line alone.
  log::set_info_stream(log::InfoStream::err);
  const std::string name = invocation.names_or_default().front();
  machine::Machine machine = invocation.store().load(name);
  const std::string url = with_context("Error running connection boilerplate", [&] {
    return checked_url(invocation, machine, invocation.options().boolean("swarm"));
  });
  const auto folder = invocation.store().machine_folder(name);
  const auto quoted = [&](const char* file) { return go_quote((folder / file).string()); };
  log::result(fmt::format("--tlsverify\n--tlscacert={}\n--tlscert={}\n--tlskey={}\n-H={}\n",
                          quoted("ca.pem"), quoted("cert.pem"), quoted("key.pem"), url));
  return 0;
}

}  // namespace dmachine::cli

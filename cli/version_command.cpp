// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "engine/client.hpp"
#include "machine/access.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

int run_version(Invocation& invocation) {
  if (invocation.words().empty()) {
    log::result(version_line(invocation.argv[0].substr(invocation.argv[0].rfind('/') + 1)) + "\n");
    return 0;
  }
  machine::Machine machine = invocation.store().load(invocation.one_name_or_default());
  const std::string url = machine::engine_url(invocation.ctx, machine);
  const std::string version = with_context("Unable to query docker version", [&] {
    return engine::version(invocation.ctx, url, machine::tls_files(machine.options.auth));
  });
  log::result(version + "\n");
  return 0;
}

}  // namespace dmachine::cli

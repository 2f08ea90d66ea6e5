// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/progress.hpp"
#include "cli/prompt.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/remove.hpp"
#include "machine/tombstone.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace dmachine::cli {

int run_rm(Invocation& invocation) {
  const auto& names = invocation.words();
  if (names.empty()) {
    log::result(command_help(invocation.command));
    throw Error(Errc::usage, "Error: Expected to get one or more machine names as arguments");
  }
  const bool force = invocation.options().boolean("force");
  log::info("About to remove {}", join(names, ", "));
  log::info("WARNING: This action will delete both local reference and remote instance.");
  if (!force && !invocation.options().boolean("y") && !confirm("Are you sure?")) {
    return 0;
  }
  const machine::TombstoneSweep sweep(invocation.store());
  const Progress progress;
  const auto failures = machine::remove(invocation.ctx, invocation.store(), names,
                                        force ? machine::Force::yes : machine::Force::no);
  if (!failures.empty()) {
    throw Error(Errc::unavailable, join(failures, "\n"));
  }
  return 0;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"
#include "cli/gc_report.hpp"

namespace dmachine::cli {

/// `gc --adopt`: with --yes, orphaned instances whose private key is at hand get a store entry
/// again; without, says which would. Deletes nothing. Gives the exit code.
int adopt_orphans(const Invocation& invocation, const GcReport& report);

}  // namespace dmachine::cli

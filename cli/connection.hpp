// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"

#include <string>

namespace dmachine::cli {

/// The URL for the docker client, checked: the engine's, or with `swarm` the legacy swarm master's.
/// Throws Error in the reference's words, without the command's prefix. Certificates that have
/// ended, or will soon, are told with the command that renews them: with the failure, else in a
/// line of their own, for which the log has to write to stderr.
std::string checked_url(const Invocation& invocation, machine::Machine& machine, bool swarm);

}  // namespace dmachine::cli

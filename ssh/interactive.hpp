// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "ssh/session.hpp"

#include <string>
#include <vector>

namespace dmachine::ssh {

/// `dmachine ssh` by libssh2: the words joined by blanks as the command, or a login shell without
/// words. A pty is asked for as ssh does (no command and stdin is a terminal): TERM, window size
/// and its changes are passed on, the terminal is restored on every way out. End of input is passed
/// on. stdout and stderr of the remote go to ours.
CommandResult run_interactive(const Context& ctx, const Endpoint& endpoint, const HostKeyPin& pin,
                              const std::vector<std::string>& words);

}  // namespace dmachine::ssh

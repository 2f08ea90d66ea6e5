// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/stop.hpp"

namespace dmachine {

/// What TERM, INT, HUP and QUIT mean to a command.
enum class SignalPolicy {
  default_action,  // each ends the process at once, as for any program
  stop_then_exit,  // create: TERM and INT request a stop, the second one exits; QUIT and HUP are
                   // ignored
  ignore_quit,     // stop: TERM and INT end the process, QUIT and HUP are ignored
  run_to_end,  // rm: TERM and INT are ignored once, the second one exits; QUIT and HUP are ignored
};

/// Sets the process's signals by policy, once, before any thread is started. SIGPIPE is ignored
/// always. A signal that was ignored when we were started stays ignored. Signals are blocked in all
/// threads and awaited by one of its own: no code runs in handlers. The token stops with the first
/// TERM or INT under stop_then_exit. Lives until the end of the process.
StopToken install_signals(SignalPolicy policy);

/// Ends the process by the signal that requested the stop, so that the caller sees 128 + its
/// number; exit code 1 when there was none.
[[noreturn]] void end_by_stopping_signal();

}  // namespace dmachine

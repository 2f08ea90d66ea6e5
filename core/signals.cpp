// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

namespace dmachine {

namespace {

std::atomic<int> first_signal{0};

bool is_ignored(int number) {
  struct sigaction current {};
  sigaction(number, nullptr, &current);
  return current.sa_handler == SIG_IGN;
}

/// Ends the process by the signal itself, so that the caller sees 128 + its number.
[[noreturn]] void die_by(int number) {
  signal(number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  kill(getpid(), number);
  _exit(128 + number);
}

/// Waits for TERM and INT for ever: the first asks to stop, the second ends the process. Everything
/// that costs money is on disk before it is asked for, so dying at any instant loses nothing.
void await_signals(sigset_t awaited, std::shared_ptr<StopSource> source, bool stop_on_first) {
  for (;;) {
    int number = 0;
    if (sigwait(&awaited, &number) != 0) {
      continue;
    }
    int none = 0;
    if (!first_signal.compare_exchange_strong(none, number)) {
      die_by(number);
    }
    if (stop_on_first) {
      source->request_stop();
    }
  }
}

}  // namespace

StopToken install_signals(SignalPolicy policy) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error of write, to be told as one
  if (policy == SignalPolicy::default_action) {
    return {};
  }
  signal(SIGQUIT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  if (policy == SignalPolicy::ignore_quit) {
    return {};
  }
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int number : {SIGTERM, SIGINT}) {
    if (!is_ignored(number)) {
      sigaddset(&awaited, number);
    }
  }
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  auto source = std::make_shared<StopSource>();
  auto token = source->token();
  std::thread(await_signals, awaited, std::move(source), policy == SignalPolicy::stop_then_exit)
      .detach();
  return token;
}

void end_by_stopping_signal() {
  const int number = first_signal;
  if (number != 0) {
    die_by(number);
  }
  _exit(1);
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/context.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/signals.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>

using namespace dmachine;
using namespace std::chrono_literals;

namespace {

constexpr char is_ready = 'r';
constexpr char is_stopped = 's';

/// A process that has installed a policy. It says when it is ready and when its token was stopped,
/// and exits with 0 as soon as it is told to.
class Guinea {
 public:
  explicit Guinea(SignalPolicy policy, int ignored_before = 0) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    REQUIRE(pipe(to.data()) == 0);
    REQUIRE(pipe(from.data()) == 0);
    pid_ = test::fork_and_run([&] {
      close(to[1]);
      return live(policy, ignored_before, to[0], from[1]);
    });
    close(to[0]);
    close(from[1]);
    to_ = Fd(to[1]);
    from_ = Fd(from[0]);
    REQUIRE(hears(is_ready));
  }

  bool hears(char expected) const {
    char c = 0;
    return Context().within(1min).wait_fd(from_.get(), POLLIN, 1min) &&
           read(from_.get(), &c, 1) == 1 && c == expected;
  }

  void send(int number) const { kill(pid_, number); }

  /// How it ended after being told to: 0, or 128 + the signal that got there first.
  int end() {
    to_.reset();
    return test::exit_code_of(pid_);
  }
  /// How it ended by itself.
  int wait() const { return test::exit_code_of(pid_); }

 private:
  static void say(int fd, char c) { [[maybe_unused]] const auto written = write(fd, &c, 1); }

  static int live(SignalPolicy policy, int ignored_before, int commands, int answers) {
    for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGPIPE}) {
      signal(number, number == ignored_before ? SIG_IGN : SIG_DFL);
    }
    const StopToken token = install_signals(policy);
    say(answers, is_ready);
    std::array<pollfd, 2> watched{{{commands, POLLIN, 0}, {token.fd(), POLLIN, 0}}};
    for (;;) {
      poll(watched.data(), watched.size(), -1);
      if (watched[0].revents != 0) {
        return 0;
      }
      if (watched[1].revents != 0) {
        say(answers, token.stop_requested() ? is_stopped : '?');
        watched[1].fd = -1;
      }
    }
  }

  pid_t pid_ = 0;
  Fd to_;
  Fd from_;
};

}  // namespace

TEST_CASE("by default each signal ends the process, except a broken pipe") {
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) {
    INFO(number);
    const Guinea guinea(SignalPolicy::default_action);
    guinea.send(SIGPIPE);
    guinea.send(number);
    CHECK(guinea.wait() == 128 + number);
  }
}

TEST_CASE("create is asked to stop by the first TERM or INT and ended by the second") {
  for (const int number : {SIGTERM, SIGINT}) {
    INFO(number);
    const Guinea guinea(SignalPolicy::stop_then_exit);
    guinea.send(SIGQUIT);
    guinea.send(SIGHUP);
    guinea.send(SIGPIPE);
    guinea.send(number);
    CHECK(guinea.hears(is_stopped));
    guinea.send(number);
    CHECK(guinea.wait() == 128 + number);
  }
}

TEST_CASE("a create that was asked to stop can finish in its own time") {
  Guinea guinea(SignalPolicy::stop_then_exit);
  guinea.send(SIGTERM);
  CHECK(guinea.hears(is_stopped));
  CHECK(guinea.end() == 0);
}

TEST_CASE("stop is ended by TERM and INT, and deaf to QUIT and HUP") {
  for (const int number : {SIGTERM, SIGINT}) {
    const Guinea guinea(SignalPolicy::ignore_quit);
    guinea.send(SIGQUIT);
    guinea.send(SIGHUP);
    guinea.send(number);
    CHECK(guinea.wait() == 128 + number);
  }
  Guinea guinea(SignalPolicy::ignore_quit);
  guinea.send(SIGQUIT);
  guinea.send(SIGHUP);
  CHECK(guinea.end() == 0);
}

TEST_CASE("rm goes on after one TERM or INT, and ends with the second") {
  Guinea patient(SignalPolicy::run_to_end);
  patient.send(SIGQUIT);
  patient.send(SIGHUP);
  patient.send(SIGINT);
  CHECK(patient.end() == 0);
  for (int i = 0; i < 2; ++i) {
    const Guinea guinea(SignalPolicy::run_to_end);
    guinea.send(SIGINT);
    // Two of the same may be delivered as one while the first is not taken; different ones may not.
    guinea.send(SIGTERM);
    const int code = guinea.wait();
    CHECK((code == 128 + SIGTERM || code == 128 + SIGINT));
  }
}

TEST_CASE("a signal that was ignored when we were started stays ignored") {
  for (const auto policy : {SignalPolicy::default_action, SignalPolicy::stop_then_exit,
                            SignalPolicy::ignore_quit, SignalPolicy::run_to_end}) {
    for (const int number : {SIGINT, SIGTERM}) {
      INFO(static_cast<int>(policy) << " " << number);
      Guinea guinea(policy, number);
      guinea.send(number);
      guinea.send(number);
      CHECK(guinea.end() == 0);
    }
  }
}

TEST_CASE("a stopped process can end by the signal that stopped it") {
  const pid_t child = test::fork_and_run([] {
    signal(SIGTERM, SIG_DFL);
    const StopToken token = install_signals(SignalPolicy::stop_then_exit);
    kill(getpid(), SIGTERM);
    try {
      Context(token).sleep(1min);
    } catch (const Cancelled&) {
      end_by_stopping_signal();
    }
    return 0;
  });
  CHECK(test::exit_code_of(child) == 128 + SIGTERM);
  const pid_t unasked = test::fork_and_run([]() -> int { end_by_stopping_signal(); });
  CHECK(test::exit_code_of(unasked) == 1);
}

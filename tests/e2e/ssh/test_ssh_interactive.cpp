// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/context.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "ssh/interactive.hpp"
#include "tests/e2e/ssh/sshd.hpp"
#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>

using namespace dmachine;
using namespace dmachine::ssh;
using dmachine::test::Sshd;
using std::chrono::seconds;

namespace {

enum : int { ended_by_pipe = 241, ended_lost = 242, ended_by_error = 243 };

Context in_time() {
  return Context().within(seconds(60));
}

/// In a forked child: `dmachine ssh` as far as this folder goes.
[[noreturn]] void be_client(const Endpoint& endpoint, const HostKeyPin& pin,
                            const std::vector<std::string>& words) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = ended_by_error;
  try {
    const auto result = run_interactive({}, endpoint, pin, words);
    code = result.lost() ? ended_lost : result.exit_status.value_or(ended_by_pipe);
  } catch (const std::exception& error) {
    log::error(error.what());
  }
  _exit(code);
}

/// Reads until the text has come; all that was read.
std::string read_until(int fd, const std::string& wanted) {
  const auto ctx = in_time();
  std::string all;
  while (all.find(wanted) == std::string::npos) {
    INFO(all);
    REQUIRE_NOTHROW(ctx.wait_fd(fd, POLLIN, seconds(60)));
    std::array<char, 4096> buffer{};
    const auto got = read(fd, buffer.data(), buffer.size());
    INFO(all);
    REQUIRE(got > 0);
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return all;
}

std::string read_to_end(int fd) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return all;
}

int wait_status(pid_t pid) {
  int status = 0;
  const auto ctx = in_time();
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (ctx.remaining() == Duration::zero()) {
      kill(pid, SIGKILL);
      FAIL("the client does not end");
    }
    Context().sleep(Duration(10));
  }
  return status;
}

/// A login shell in a terminal of 101 columns and 33 rows.
struct InTerminal {
  explicit InTerminal(const Sshd& sshd) {
    const auto endpoint = sshd.endpoint(sshd.user_key({"-t", "ed25519"}));
    const auto pin = sshd.pin();
    winsize size{33, 101, 0, 0};
    int fd = -1;
    int slave_fd = -1;
    REQUIRE(openpty(&fd, &slave_fd, nullptr, nullptr, &size) == 0);
    master = Fd(fd);
    slave = Fd(slave_fd);  // kept open, so that its settings can be looked at after the child's end
    REQUIRE(tcgetattr(slave.get(), &before) == 0);
    pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      setsid();
      ioctl(slave.get(), TIOCSCTTY, 0);
      for (int i = 0; i < 3; ++i) {
        dup2(slave.get(), i);
      }
      setenv("TERM", "xterm-dmachine", 1);
      be_client(endpoint, pin, {});
    }
  }
  void type(const std::string& text) const { REQUIRE(log::write_all(master.get(), text)); }
  bool is_restored() const {
    termios now{};
    REQUIRE(tcgetattr(slave.get(), &now) == 0);
    return now.c_lflag == before.c_lflag && now.c_iflag == before.c_iflag &&
           now.c_oflag == before.c_oflag;
  }

  Fd master;
  Fd slave;
  termios before{};
  pid_t pid = 0;
};

/// A command with pipes for stdin, stdout and stderr.
struct InPipes {
  InPipes(const Sshd& sshd, const std::vector<std::string>& words) {
    const auto endpoint = sshd.endpoint(sshd.user_key({"-t", "ed25519"}));
    const auto pin = sshd.pin();
    std::array<Fd, 3> theirs;
    for (std::size_t i = 0; i < 3; ++i) {
      std::array<int, 2> fds{};
      REQUIRE(pipe2(fds.data(), O_CLOEXEC) == 0);
      ours[i] = Fd(fds[i == 0 ? 1 : 0]);
      theirs[i] = Fd(fds[i == 0 ? 0 : 1]);
    }
    pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      for (int i = 0; i < 3; ++i) {
        dup2(theirs[static_cast<std::size_t>(i)].get(), i);
        ours[static_cast<std::size_t>(i)].reset();
        theirs[static_cast<std::size_t>(i)].reset();
      }
      be_client(endpoint, pin, words);
    }
  }
  std::array<Fd, 3> ours;
  pid_t pid = 0;
};

}  // namespace

TEST_CASE("a shell gets a terminal of our kind and size, and follows its changes") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const InTerminal shell(sshd);
  shell.type("PS1=; stty size; echo term=$TERM; echo read''y\n");
  const auto first = read_until(shell.master.get(), "ready");
  CHECK_THAT(first, ContainsSubstring("33 101") && ContainsSubstring("term=xterm-dmachine"));
  CHECK_FALSE(shell.is_restored());  // raw while the shell runs
  winsize size{44, 122, 0, 0};
  REQUIRE(ioctl(shell.master.get(), TIOCSWINSZ, &size) == 0);
  // The change travels by another way than what is typed.
  shell.type("until [ \"$(stty size)\" = '44 122' ]; do sleep 0.05; done; echo chang''ed\n");
  read_until(shell.master.get(), "changed");
  shell.type("exit 5\n");
  const auto status = wait_status(shell.pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 5);
  CHECK(shell.is_restored());
}

TEST_CASE("interrupt and end of file typed at the terminal go to the remote shell") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  const InTerminal shell(sshd);
  shell.type("PS1=prom''pt; echo read''y; cat\n");
  read_until(shell.master.get(), "ready");
  shell.type("word\n");
  read_until(shell.master.get(), "word\r\nword\r\n");  // the terminal's echo, then cat's
  shell.type("\x03");
  read_until(shell.master.get(), "prompt");
  shell.type("echo sti''ll\n");
  read_until(shell.master.get(), "still\r\nprompt");
  shell.type("\x04");
  const auto status = wait_status(shell.pid);
  CHECK(WIFEXITED(status));
  CHECK(shell.is_restored());
}

TEST_CASE("a terminal is restored when a signal ends us or the connection dies") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) {
    const InTerminal shell(sshd);
    shell.type("echo read''y\n");
    read_until(shell.master.get(), "ready");
    REQUIRE(kill(shell.pid, number) == 0);
    const auto status = wait_status(shell.pid);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == number);
    CHECK(shell.is_restored());
  }
  const InTerminal shell(sshd);
  shell.type("kill -KILL $PPID\n");
  const auto status = wait_status(shell.pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == ended_lost);
  CHECK(shell.is_restored());
}

TEST_CASE("a command gets our input to its end, and no terminal") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  InPipes command(sshd, {"cat;", "tty", ">&2;", "exit", "3"});
  REQUIRE(log::write_all(command.ours[0].get(), "input\n"));
  command.ours[0].reset();
  CHECK(read_to_end(command.ours[1].get()) == "input\n");
  CHECK(read_to_end(command.ours[2].get()) == "not a tty\n");
  const auto status = wait_status(command.pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
}

TEST_CASE("a command whose output nobody reads any more ends") {
  DMACHINE_NEEDS_SSHD();
  const Sshd sshd;
  InPipes command(sshd, {"yes"});
  CHECK_THAT(read_until(command.ours[1].get(), "y\ny\n"), StartsWith("y\n"));
  command.ours[1].reset();
  const auto status = wait_status(command.pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == ended_by_pipe);
}

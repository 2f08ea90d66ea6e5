// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/process.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace dmachine {

namespace {

struct Pipe {
  Fd read_end;
  Fd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) {
    throw system_error("pipe", errno);
  }
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (const auto& word : words) {
    list.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execve takes char*, changes nothing
  }
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::string>& extra) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  all.insert(all.end(), extra.begin(), extra.end());
  return all;
}

/// In the child, between fork and exec: only async-signal-safe calls. `keep` is the stdin/out/err
/// to have.
[[noreturn]] void become(const char* program, char* const* argv, char* const* env,
                         const std::array<int, 3>& stdio, int failure_fd) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);  // our main blocks the signals it awaits
  signal(SIGPIPE, SIG_DFL);
  for (int i = 0; i < 3; ++i) {
    const int fd = stdio[static_cast<std::size_t>(i)];
    if (fd >= 0 && fd != i) {
      dup2(fd, i);
    }
  }
  // Ours are closed by O_CLOEXEC; libraries are not all so careful.
  syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);  // musl has no function for it
  execve(program, argv, env);
  const int why = errno;
  [[maybe_unused]] const auto written = write(failure_fd, &why, sizeof why);
  _exit(127);
}

struct Started {
  pid_t pid;
};

Started start(const std::vector<std::string>& words, const std::vector<std::string>& extra_env,
              const std::array<int, 3>& stdio) {
  const auto program = find_program(words.at(0));
  if (!program) {
    throw Error(Errc::not_found,
                fmt::format("exec: {}: executable file not found in $PATH", go_quote(words[0])));
  }
  const auto argv = pointers(words);
  const auto env_words = environment_with(extra_env);
  const auto env = pointers(env_words);
  Pipe failure = make_pipe();
  const pid_t pid = fork();
  if (pid < 0) {
    throw system_error("fork", errno);
  }
  if (pid == 0) {
    become(program->c_str(), argv.data(), env.data(), stdio, failure.write_end.get());
  }
  failure.write_end.reset();
  int why = 0;
  if (read(failure.read_end.get(), &why, sizeof why) == static_cast<ssize_t>(sizeof why)) {
    waitpid(pid, nullptr, 0);
    throw system_error(fmt::format("fork/exec {}", *program), why);
  }
  return Started{pid};
}

ExitStatus wait_for(pid_t pid) {
  int raw = 0;
  while (waitpid(pid, &raw, 0) < 0 && errno == EINTR) {
  }
  ExitStatus status;
  if (WIFSIGNALED(raw)) {
    status.signal = WTERMSIG(raw);
  } else {
    status.code = WEXITSTATUS(raw);
  }
  return status;
}

/// Returns when the child has ended, which may be long after it closed its outputs.
void await_end(const Context& ctx, pid_t pid) {
  const Fd ended(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  while (ended && !ctx.wait_fd(ended.get(), POLLIN, std::chrono::hours(1))) {
  }
}

/// Feeds stdin and collects both outputs until the child closed all three.
void exchange(const Context& ctx, const Command& command, Pipe& in, Pipe& out, Pipe& err,
              ChildResult& result, std::size_t output_limit) {
  std::string_view to_write = command.input;
  const auto drain = [&](Fd& fd, std::string& into,
                         const std::function<void(std::string_view)>& sink) {
    std::array<char, 16384> buffer{};
    const auto got = read(fd.get(), buffer.data(), buffer.size());
    if (got > 0 && sink) {
      sink({buffer.data(), static_cast<std::size_t>(got)});
    } else if (got > 0) {
      const auto room = output_limit - std::min(output_limit, into.size());
      into.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    } else if (got == 0 || errno != EINTR) {
      fd.reset();
    }
  };
  while (out.read_end || err.read_end || in.write_end) {
    ctx.check();
    std::array<pollfd, 4> watched{{{out.read_end.get(), POLLIN, 0},
                                   {err.read_end.get(), POLLIN, 0},
                                   {in.write_end.get(), POLLOUT, 0},
                                   {ctx.stop_token().fd(), POLLIN, 0}}};
    const auto wait = std::min<Duration::rep>(ctx.remaining().count(), 60000);
    if (::poll(watched.data(), watched.size(), static_cast<int>(wait)) < 0 && errno != EINTR) {
      throw system_error("poll", errno);
    }
    if (watched[0].revents != 0) {
      drain(out.read_end, result.out, command.on_out);
    }
    if (watched[1].revents != 0) {
      drain(err.read_end, result.err, {});
    }
    if (watched[2].revents != 0) {
      const auto written = write(in.write_end.get(), to_write.data(), to_write.size());
      if (written >= 0) {
        to_write.remove_prefix(static_cast<std::size_t>(written));
      }
      if (to_write.empty() || (written < 0 && errno != EINTR && errno != EAGAIN)) {
        in.write_end.reset();
      }
    }
  }
}

}  // namespace

std::string to_string(const ExitStatus& status) {
  if (status.signal == 0) {
    return fmt::format("exit status {}", status.code);
  }
  std::string name = strsignal(status.signal);  // "Killed"; Go prints it in lower case
  return "signal: " + to_lower(name);
}

std::optional<std::string> find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return std::string(name);
  }
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path != nullptr ? path : "", ':')) {
    // An empty or relative entry would run whatever lies in the current folder.
    if (folder.empty() || folder[0] != '/') {
      continue;
    }
    std::string candidate = fmt::format("{}/{}", folder, name);
    std::error_code failure;
    if (access(candidate.c_str(), X_OK) == 0 &&
        std::filesystem::is_regular_file(candidate, failure)) {
      return candidate;
    }
  }
  return std::nullopt;
}

ChildResult run_child(const Context& ctx, const Command& command, std::size_t output_limit) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  const Started child = start(command.argv, command.extra_env,
                              {in.read_end.get(), out.write_end.get(), err.write_end.get()});
  in.read_end.reset();
  out.write_end.reset();
  err.write_end.reset();
  if (command.input.empty()) {
    in.write_end.reset();
  } else {
    fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);
  }
  ChildResult result;
  try {
    exchange(ctx, command, in, out, err, result, output_limit);
    await_end(ctx, child.pid);
  } catch (...) {
    kill(child.pid, SIGKILL);
    wait_for(child.pid);
    throw;
  }
  result.status = wait_for(child.pid);
  return result;
}

ExitStatus run_attached(const std::vector<std::string>& argv) {
  return wait_for(start(argv, {}, {0, 1, 2}).pid);
}

}  // namespace dmachine

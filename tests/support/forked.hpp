// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>

namespace dmachine::test {

/// A process of its own for what cannot be undone: signals, limits, death. Its exit code is what
/// `work` returns; 99 when `work` throws.
template <typename Work>
pid_t fork_and_run(Work&& work) {
  const pid_t pid = fork();
  if (pid == 0) {
    int code = 99;
    try {
      code = work();
    } catch (const std::exception&) {
    }
    _exit(code);  // nothing of the parent's is to be tidied up here
  }
  return pid;
}

/// The raw status of waitpid(2).
inline int wait_status(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// The exit code, or 128 + the number of the signal that killed it, as a shell says.
inline int exit_code_of(pid_t pid) {
  const int status = wait_status(pid);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Whether the process runs still; one that nobody has waited for yet does not.
inline bool is_running(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

}  // namespace dmachine::test

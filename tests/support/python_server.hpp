// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace dmachine::test {

/// A server of the tests (`PYTHON -m MODULE WORD…`, run in the source folder) in a process of its
/// own, for the life of this object: it ends when its stdin does.
class PythonServer {
 public:
  PythonServer(const std::string& python, const std::string& module,
               const std::vector<std::string>& words) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe");
    }
    std::vector<std::string> command{python, "-m", module};
    command.insert(command.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (auto& word : command) {
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      if (chdir(DMACHINE_SOURCE_DIR) == 0) {
        execvp(argv[0], argv.data());
      }
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    stdin_ = Fd(in[1]);
    stdout_ = Fd(out[0]);
  }
  ~PythonServer() {
    stdin_.reset();
    waitpid(pid_, nullptr, 0);
  }
  PythonServer(const PythonServer&) = delete;
  PythonServer& operator=(const PythonServer&) = delete;

  /// Its first line, which says that it is ready. Throws when it ended without one.
  std::string first_line() {
    std::string line;
    for (char c = 0; line.empty() || line.back() != '\n'; line += c) {
      if (read(stdout_.get(), &c, 1) != 1) {
        throw std::runtime_error("the server did not start");
      }
    }
    return line;
  }

 private:
  Fd stdin_;
  Fd stdout_;  // open to the end: what is printed after its first line must not break the server
  pid_t pid_ = -1;
};

}  // namespace dmachine::test

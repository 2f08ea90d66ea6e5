// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"
#include "tests/support/temp.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace dmachine::test {

/// tests/support/faulty_server.py in a process of its own, for the life of this object.
class FaultyServer {
 public:
  FaultyServer() {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("pipe");
    }
    const std::string folder = folder_.path().string();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      if (chdir(DMACHINE_SOURCE_DIR) == 0) {
        execlp("python3", "python3", "-m", "tests.support.faulty_server", folder.c_str(), nullptr);
      }
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    stdin_ = Fd(in[1]);
    FILE* lines = fdopen(out[0], "r");
    const int got = std::fscanf(lines, "%d %d %d %d", &tls, &plain, &proxy, &silent);
    std::fclose(lines);
    if (got != 4) {
      throw std::runtime_error("the server did not start");
    }
  }
  ~FaultyServer() {
    stdin_.reset();
    waitpid(pid_, nullptr, 0);
  }
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;

  std::string ca_file() const { return (folder_ / "ca.pem").string(); }
  std::string https(const std::string& path) const {
    return "https://localhost:" + std::to_string(tls) + path;
  }
  std::string http(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(plain) + path;
  }

  int tls = 0;
  int plain = 0;
  int proxy = 0;
  int silent = 0;

 private:
  TempFolder folder_;
  Fd stdin_;
  pid_t pid_ = -1;
};

}  // namespace dmachine::test

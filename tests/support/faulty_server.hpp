// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/python_server.hpp"
#include "tests/support/temp.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>

namespace dmachine::test {

/// tests/support/faulty_server.py in a process of its own, for the life of this object.
class FaultyServer {
 public:
  FaultyServer() {
    const std::string ports = server_.first_line();
    if (std::sscanf(ports.c_str(), "%d %d %d %d", &tls, &plain, &proxy, &silent) != 4) {
      throw std::runtime_error("the server did not start");
    }
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
  PythonServer server_{"python3", "tests.support.faulty_server", {folder_.path().string()}};
};

}  // namespace dmachine::test

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <vector>

namespace dmachine::test {

/// A port of 127.0.0.1 that lets everybody connect and never says a word.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
    REQUIRE(listen(fd_.get(), 8) == 0);
    socklen_t size = sizeof place;
    REQUIRE(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&place), &size) == 0);
    port_ = ntohs(place.sin_port);
  }
  int port() const { return port_; }
  void close() { fd_.reset(); }

  /// Waits for the next one to connect; false when nobody did within `limit`.
  bool wait_for_caller(std::chrono::milliseconds limit = std::chrono::minutes(1)) {
    pollfd look{fd_.get(), POLLIN, 0};
    if (::poll(&look, 1, static_cast<int>(limit.count())) != 1) {
      return false;
    }
    callers_.emplace_back(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return true;
  }

 private:
  Fd fd_;
  int port_ = 0;
  std::vector<Fd> callers_;
};

}  // namespace dmachine::test

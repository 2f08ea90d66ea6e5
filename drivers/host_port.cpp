// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/host_port.hpp"

#include "core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace dmachine {

namespace {

bool connects(const Context& ctx, const addrinfo& place, Duration limit) {
  const Fd fd(
      socket(place.ai_family, place.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, place.ai_protocol));
  if (!fd) {
    return false;
  }
  if (connect(fd.get(), place.ai_addr, place.ai_addrlen) == 0) {
    return true;
  }
  if (errno != EINPROGRESS || !ctx.wait_fd(fd.get(), POLLOUT, limit)) {
    return false;
  }
  int failure = 0;
  socklen_t size = sizeof failure;
  return getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

}  // namespace

std::string join_host_port(std::string_view host, int port) {
  const bool needs_brackets = host.find(':') != std::string_view::npos;
  return needs_brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool answers_tcp(const Context& ctx, const std::string& host, int port, Duration limit) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return false;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> places(found, &freeaddrinfo);
  const auto end = Clock::now() + limit;
  for (const addrinfo* place = found; place != nullptr; place = place->ai_next) {
    const auto left = std::chrono::duration_cast<Duration>(end - Clock::now());
    if (left <= Duration::zero()) {
      return false;
    }
    if (connects(ctx, *place, left)) {
      return true;
    }
  }
  return false;
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/host_port.hpp"

#include "core/error.hpp"
#include "core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <thread>

namespace dmachine {

namespace {

using Places = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// getaddrinfo(3); nothing when the name is unknown.
Places look_up(const std::string& host, int port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  return {code == 0 ? found : nullptr, &freeaddrinfo};
}

/// Shared with the thread that looks up, which cannot be cut short and may outlive who asked.
struct LookUp {
  Fd done{eventfd(0, EFD_CLOEXEC)};
  Places places{nullptr, &freeaddrinfo};
};

/// Nothing when the name is unknown, or nobody knows it within `limit`.
Places resolve(const Context& ctx, const std::string& host, int port, Duration limit) {
  if (auto places = look_up(host, port, AI_NUMERICHOST)) {
    return places;
  }
  const auto asked = std::make_shared<LookUp>();
  if (!asked->done) {
    throw system_error("eventfd", errno);
  }
  std::thread([asked, host, port] {
    asked->places = look_up(host, port, AI_ADDRCONFIG);
    eventfd_write(asked->done.get(), 1);
  }).detach();
  if (!ctx.wait_fd(asked->done.get(), POLLIN, limit)) {
    return {nullptr, &freeaddrinfo};
  }
  eventfd_t ignored = 0;
  eventfd_read(asked->done.get(), &ignored);  // what the thread wrote is ours from here
  return std::move(asked->places);
}

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
  const auto end = Clock::now() + limit;
  const Places places = resolve(ctx, host, port, limit);
  for (const addrinfo* place = places.get(); place != nullptr; place = place->ai_next) {
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

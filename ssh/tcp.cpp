// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/tcp.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <thread>

namespace dmachine::ssh {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

struct Answer {
  int code = 0;
  int system_code = 0;
  Addresses addresses;
};

Answer look_up(const std::string& host, const std::string& port, int flags) {
  addrinfo wish{};
  wish.ai_socktype = SOCK_STREAM;
  wish.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), port.c_str(), &wish, &found);
  return {code, errno, Addresses(code == 0 ? found : nullptr)};
}

/// What a look-up in a thread of its own leaves behind, for whoever of the two lasts longer.
struct LookUp {
  Fd done{eventfd(0, EFD_CLOEXEC)};
  Answer answer;
};

/// getaddrinfo(3) can block for half a minute and cannot be interrupted: it gets a thread, which is
/// left behind when the context ends first.
Answer look_up_in_thread(const Context& ctx, const std::string& host, const std::string& port) {
  auto shared = std::make_shared<LookUp>();
  if (!shared->done) {
    throw system_error("eventfd", errno);
  }
  std::thread([shared, host, port] {
    shared->answer = look_up(host, port, 0);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(shared->done.get(), &one, sizeof one);
  }).detach();
  while (!ctx.wait_fd(shared->done.get(), POLLIN, std::chrono::minutes(1))) {
  }
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(shared->done.get(), &count, sizeof count);
  return std::move(shared->answer);
}

Addresses resolve(const Context& ctx, const std::string& host, int port) {
  const auto service = std::to_string(port);
  auto answer = look_up(host, service, AI_NUMERICHOST);
  if (answer.code == EAI_NONAME) {
    answer = look_up_in_thread(ctx, host, service);
  }
  if (answer.code != 0) {
    throw Error(Errc::unavailable,
                fmt::format("looking up {}: {}", host,
                            answer.code == EAI_SYSTEM ? errno_text(answer.system_code)
                                                      : gai_strerror(answer.code)));
  }
  return std::move(answer.addresses);
}

void set(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value,
             sizeof value);  // each of them is an improvement, none is needed
}

void tune(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY,
      1);  // else each command waits 45 ms for a delayed acknowledgement
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 120'000);  // ms: unacknowledged data ends it too
}

Fd connect_one(const Context& ctx, const addrinfo& address) {
  Fd fd(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    throw Error(Errc::unavailable, errno_text(errno));
  }
  if (connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    int why = errno;
    if (why == EINPROGRESS) {
      while (!ctx.wait_fd(fd.get(), POLLOUT, std::chrono::minutes(1))) {
      }
      socklen_t size = sizeof why;
      getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &why, &size);
    }
    if (why != 0) {
      throw Error(Errc::unavailable, errno_text(why));
    }
  }
  tune(fd.get());
  return fd;
}

}  // namespace

Fd connect_tcp(const Context& ctx, const std::string& host, int port) {
  const auto addresses = resolve(ctx, host, port);
  int left = 0;
  for (const auto* at = addresses.get(); at != nullptr; at = at->ai_next) {
    ++left;
  }
  for (const auto* at = addresses.get();; at = at->ai_next, --left) {
    try {
      return connect_one(ctx.within(ctx.remaining() / left), *at);
    } catch (const Error&) {
      if (at->ai_next == nullptr) {
        throw;  // the last one's reason
      }
    }
  }
}

}  // namespace dmachine::ssh

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/connect.hpp"

#include "core/error.hpp"
#include "engine/resolve.hpp"
#include "engine/wait.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>

namespace dmachine::engine {

namespace {

[[noreturn]] void refuse(const std::string& remote, int why) {
  const std::string text = fmt::format("dial tcp {}: connect: {}", remote, errno_text(why));
  if (why == ECONNRESET) {
    throw ConnectionLost(Errc::unavailable, text);  // it was accepted, then dropped
  }
  throw Error(Errc::unavailable, text);
}

std::string local_name(int fd) {
  SocketAddress local;
  local.length = sizeof local.bytes;
  return getsockname(fd, reinterpret_cast<sockaddr*>(&local.bytes), &local.length) == 0
             ? to_string(local)
             : "?";
}

Connection connect_one(const Context& ctx, const SocketAddress& address) {
  Connection made;
  made.remote = to_string(address);
  made.fd = Fd(socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.fd) {
    throw Error(Errc::unavailable,
                fmt::format("dial tcp {}: socket: {}", made.remote, errno_text(errno)));
  }
  const int on = 1;  // the request follows the handshake's last bytes at once
  setsockopt(made.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(made.fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.length) !=
      0) {
    if (errno != EINPROGRESS && errno != EINTR) {
      refuse(made.remote, errno);
    }
    wait_for(ctx, made.fd.get(), POLLOUT, fmt::format("dial tcp {}: i/o timeout", made.remote));
    int why = 0;
    socklen_t size = sizeof why;
    if (getsockopt(made.fd.get(), SOL_SOCKET, SO_ERROR, &why, &size) != 0 || why != 0) {
      refuse(made.remote, why == 0 ? errno : why);
    }
  }
  made.local = local_name(made.fd.get());
  return made;
}

}  // namespace

Connection connect(const Context& ctx, const Address& address, Duration limit_each) {
  std::exception_ptr first;
  for (const SocketAddress& one : resolve(ctx, address)) {
    try {
      return connect_one(ctx.within(limit_each), one);
    } catch (const Error&) {
      if (!first) {
        first = std::current_exception();
      }
    }
  }
  if (first) {
    std::rethrow_exception(first);
  }
  throw Error(Errc::unavailable, fmt::format("dial tcp: lookup {}: no such host", address.host));
}

}  // namespace dmachine::engine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/resolve.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "engine/wait.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

namespace dmachine::engine {

namespace {

/// getaddrinfo(3). Gives its result code.
int look_up(const Address& address, int flags, std::vector<SocketAddress>& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = address.port.empty() ? "0" : address.port;
  const int code = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  for (const addrinfo* entry = list; code == 0 && entry != nullptr; entry = entry->ai_next) {
    SocketAddress one;
    std::memcpy(&one.bytes, entry->ai_addr, entry->ai_addrlen);
    one.length = entry->ai_addrlen;
    found.push_back(one);
  }
  return code;
}

/// Shared with the thread, which may outlive the one who asked.
struct LookUp {
  Address address;
  Fd done{eventfd(0, EFD_CLOEXEC)};
  int code = 0;
  std::vector<SocketAddress> found;
};

std::string reason(int code) {
  const bool unknown = code == EAI_NONAME
#ifdef EAI_NODATA
                       || code == EAI_NODATA
#endif
      ;
  return unknown ? "no such host" : gai_strerror(code);
}

}  // namespace

std::vector<SocketAddress> resolve(const Context& ctx, const Address& address) {
  Address where = address;
  if (where.host.empty()) {
    where.host = "localhost";  // what Go dials for `:2376`
  }
  std::vector<SocketAddress> found;
  if (look_up(where, AI_NUMERICHOST, found) == 0) {
    return found;
  }
  const auto asked = std::make_shared<LookUp>();
  asked->address = where;
  if (!asked->done) {
    throw system_error("eventfd", errno);
  }
  std::thread([asked] {
    asked->code = look_up(asked->address, AI_ADDRCONFIG, asked->found);
    eventfd_write(asked->done.get(), 1);
  }).detach();
  wait_for(ctx, asked->done.get(), POLLIN,
           fmt::format("dial tcp: lookup {}: i/o timeout", where.host));
  eventfd_t ignored = 0;
  eventfd_read(asked->done.get(), &ignored);  // what the thread wrote is ours from here
  if (asked->code != 0) {
    throw Error(Errc::unavailable,
                fmt::format("dial tcp: lookup {}: {}", where.host, reason(asked->code)));
  }
  return asked->found;
}

std::string to_string(const SocketAddress& address) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address.bytes), address.length, host.data(),
                  host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?";
  }
  return to_string(Address{host.data(), port.data()});
}

}  // namespace dmachine::engine

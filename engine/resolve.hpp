// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "engine/address.hpp"

#include <sys/socket.h>

#include <vector>

namespace dmachine::engine {

/// An address as the kernel takes it.
struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t length = 0;
};

/// What a host name stands for, in the order in which to try. An IP literal asks nobody; a name is
/// looked up in a thread of its own, since the system's resolver cannot be interrupted. Throws
/// Error (`dial tcp: lookup HOST: no such host`), Cancelled.
std::vector<SocketAddress> resolve(const Context& ctx, const Address& address);

/// `1.2.3.4:2376` or `[::1]:2376`.
std::string to_string(const SocketAddress& address);

}  // namespace dmachine::engine

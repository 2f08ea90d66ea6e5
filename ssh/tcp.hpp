// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/files.hpp"

#include <string>

namespace dmachine::ssh {

/// A connected, non-blocking TCP socket to the first of the host's addresses (IPv4 and IPv6) that
/// answers, each getting its share of the context's time. TCP_NODELAY is set, and keepalives find a
/// dead peer within two minutes. Throws Error{unavailable} (`connection refused`, `no route to
/// host`, name not found, …), Error{timeout}, Cancelled.
Fd connect_tcp(const Context& ctx, const std::string& host, int port);

}  // namespace dmachine::ssh

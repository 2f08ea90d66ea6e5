// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <string>
#include <string_view>

namespace dmachine {

/// HOST:PORT, or [HOST]:PORT when the host holds a colon (an IPv6 literal).
std::string join_host_port(std::string_view host, int port);

/// Whether something accepts a TCP connection there within `limit`. Any failure (name unknown,
/// refused, unreachable, silence) is no. Throws as the context does.
bool answers_tcp(const Context& ctx, const std::string& host, int port, Duration limit);

}  // namespace dmachine

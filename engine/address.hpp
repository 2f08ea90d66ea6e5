// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine::engine {

/// Where an engine listens.
struct Address {
  std::string host;  // name or IP literal, without brackets
  std::string port;  // decimal
};

/// `HOST:PORT` of `tcp://HOST:PORT`, as it stands there; empty for `unix://…` and for what is no
/// URL.
std::string authority_of(const std::string& url);

/// Splits `HOST:PORT` or `[IPv6]:PORT`. Throws Error{invalid} in Go's words: `dial tcp:
/// address 1.2.3.4: missing port in address`, `dial tcp: missing address`.
Address parse_address(const std::string& authority);

/// `HOST:PORT`, with brackets around an IPv6 literal.
std::string to_string(const Address& address);

}  // namespace dmachine::engine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "engine/address.hpp"

#include <string>

namespace dmachine::engine {

/// The peer went away without a word: worth one more try.
class ConnectionLost : public Error {
 public:
  using Error::Error;
};

/// A connected, non-blocking TCP socket.
struct Connection {
  Fd fd;
  std::string local;   // `10.0.0.2:40000`
  std::string remote;  // `10.0.0.1:2376`
};

/// Tries the addresses of a host one after the other, each for at most `limit_each`. Throws the
/// first one's Error: `dial tcp 1.2.3.4:2376: connect: connection refused` (unavailable), `dial
/// tcp 1.2.3.4:2376: i/o timeout` (timeout).
Connection connect(const Context& ctx, const Address& address, Duration limit_each);

}  // namespace dmachine::engine

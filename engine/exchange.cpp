// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/exchange.hpp"

#include "core/error.hpp"
#include "engine/address.hpp"
#include "engine/connect.hpp"
#include "engine/http.hpp"
#include "engine/tls.hpp"

#include <chrono>
#include <optional>

namespace dmachine::engine {

namespace {

// The reference's limit for connecting and handshake together.
constexpr std::chrono::seconds whole_limit{20};
// Long enough for the third SYN (sent after 3 s), short enough to reach a host's next address.
constexpr std::chrono::seconds connect_limit{5};
// GET /version has about a kilobyte.
constexpr std::size_t body_limit = 4U << 20U;

Reply read_reply(const Context& ctx, TlsConnection& tls) {
  std::string received;
  std::optional<ResponseHead> head;
  for (;;) {
    const std::string more = tls.read(ctx);
    received += more;
    if (!head && !received.empty()) {
      head = parse_head(received);
    }
    const bool whole = head && head->length && received.size() >= head->size + *head->length;
    if (whole || more.empty()) {
      break;
    }
    if (received.size() > body_limit) {
      throw Error(Errc::unavailable, "http: response body too large");
    }
  }
  if (received.empty()) {
    throw ConnectionLost(Errc::unavailable, "EOF");
  }
  if (!head || (head->length && received.size() < head->size + *head->length)) {
    throw Error(Errc::unavailable, "unexpected EOF");
  }
  return {head->status, received.substr(head->size, head->length.value_or(std::string::npos))};
}

Reply exchange_once(const Context& ctx, const std::string& authority,
                    const Credentials& credentials, const std::string& path) {
  Address address = parse_address(authority);
  Connection connection = connect(ctx, address, connect_limit);
  if (address.host.size() > 1 && address.host.back() == '.') {
    address.host.pop_back();  // the root's dot, which no certificate holds
  }
  const std::string& name = credentials.server_name;
  TlsConnection tls(std::move(connection), credentials, name.empty() ? address.host : name);
  tls.handshake(ctx);
  tls.write(ctx, http_request(authority, path));
  return read_reply(ctx, tls);
}

}  // namespace

Reply exchange(const Context& ctx, const std::string& authority, const Credentials& credentials,
               const std::string& path) {
  const Context limited = ctx.within(whole_limit);
  try {
    return exchange_once(limited, authority, credentials, path);
  } catch (const ConnectionLost&) {
    return exchange_once(limited, authority, credentials, path);
  }
}

}  // namespace dmachine::engine

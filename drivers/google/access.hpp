// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/client.hpp"

#include <functional>
#include <memory>

namespace dmachine::google {

class Access;
struct Services;

/// One Access per process and credentials, for as long as a machine uses it: a listing of 500
/// machines fetches one token.
std::shared_ptr<Access> shared_access(const Context& ctx, const Services& services,
                                      const Secret& encoded_json);

/// What the driver needs from outside; tests put their own in its place.
struct Services {
  std::function<std::unique_ptr<cloud::Transport>()> make_transport = &cloud::make_curl_transport;
  std::function<std::shared_ptr<Access>(const Context&, const Services&, const Secret&)> access =
      &shared_access;
  Persistence persistence{};
  /// How long after it was sent an insert without an answer may still take effect.
  Duration in_flight = std::chrono::seconds(10);
  Backoff in_flight_poll{Duration(200), Duration(1500)};
  std::size_t threads = 4;  // for look-ups side by side
  cloud::Now now = cloud::WallClock::now;
};

/// Connections, credentials with their token, and the client that uses them.
class Access {
 public:
  /// `encoded_json`: --google-auth-encoded-json; empty means the default search. Throws as
  /// find_credentials.
  Access(const Context& ctx, const Services& services, const Secret& encoded_json);
  Access(std::unique_ptr<cloud::Transport> transport, Credentials credentials,
         Persistence persistence);
  Client& client() { return client_; }
  /// Throws when no token is to be had.
  void check_token(const Context& ctx) { credentials_.token->fetch(ctx); }

 private:
  std::unique_ptr<cloud::Transport> transport_;
  Credentials credentials_;
  Client client_;
};

}  // namespace dmachine::google

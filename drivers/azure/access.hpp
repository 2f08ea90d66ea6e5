// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/client.hpp"
#include "drivers/azure/environment.hpp"

#include <functional>
#include <memory>

namespace dmachine::azure {

class Access;
struct Services;

/// One Access per process and identity, for as long as a machine uses it: a listing of 500 machines
/// fetches one token.
std::shared_ptr<Access> shared_access(const Services& services, const Identity& identity);

/// What the driver needs from outside; tests put their own in its place.
struct Services {
  std::function<std::unique_ptr<cloud::Transport>()> make_transport = &cloud::make_curl_transport;
  std::function<std::shared_ptr<Access>(const Services&, const Identity&)> access = &shared_access;
  Persistence persistence{};
  /// How long after it was sent a request without an answer may still take effect.
  Duration in_flight = std::chrono::seconds(10);
  Backoff in_flight_poll{Duration(200), Duration(1500)};
  /// A NIC stays reserved for 180 s after its virtual machine could not be made.
  Duration reservation = std::chrono::minutes(4);
  Backoff reservation_poll{std::chrono::seconds(2), std::chrono::seconds(15)};
  std::size_t threads = 6;  // for requests side by side
  cloud::Now now = cloud::WallClock::now;
};

/// Connections, credentials with their token, and the client that uses them.
class Access {
 public:
  /// Throws as find_endpoints and find_credentials.
  Access(const Services& services, const Identity& identity);
  Access(std::unique_ptr<cloud::Transport> transport, Cloud cloud, Credentials credentials,
         const std::string& subscription_id, Persistence persistence);
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  Client& client() { return client_; }

 private:
  std::unique_ptr<cloud::Transport> transport_;
  Cloud cloud_;
  Credentials credentials_;
  Client client_;
};

}  // namespace dmachine::azure

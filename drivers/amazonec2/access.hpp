// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/client.hpp"
#include "drivers/amazonec2/service_quotas.hpp"
#include "drivers/amazonec2/state.hpp"

#include <functional>
#include <memory>
#include <string>

namespace dmachine::amazonec2 {

class Access;
struct Services;

/// Whose account, where, and how stubbornly.
struct AccessKey {
  CredentialOptions credentials;
  ServicePlace place;
  unsigned retries = 5;

  /// Equal for machines that can be asked about in one request.
  std::string group() const;
};
AccessKey access_key(const StoredState& state, const Services& services);

/// One Access per process and key, for as long as a machine uses it: a listing of 500 machines
/// looks for credentials once.
std::shared_ptr<Access> shared_access(const Services& services, const AccessKey& key);

/// What the driver needs from outside; tests put their own in its place.
struct Services {
  std::function<std::unique_ptr<cloud::Transport>()> make_transport;  // empty: the real one
  std::function<std::shared_ptr<Access>(const Services&, const AccessKey&)> access = &shared_access;
  Persistence persistence{};
  /// How long after it was sent a RunInstances without an answer may still show its instance.
  Duration in_flight = std::chrono::seconds(20);
  /// How long what was just made may be unknown to other parts of EC2.
  Duration settles_within = std::chrono::minutes(2);
  Backoff settling{Duration(500), std::chrono::seconds(5)};
  Backoff starting{Duration(500), std::chrono::seconds(5)};
  Duration starts_within = std::chrono::minutes(10);
  std::size_t threads = 4;  // for look-ups side by side
  cloud::Now now = cloud::WallClock::now;
};

/// Connections, keys, and the client that uses them.
class Access {
 public:
  Access(const Services& services, const AccessKey& key);
  Client& client() { return client_; }
  /// Finds the credentials, if that has not happened. Throws as KeyChain::keys.
  void find_keys(const Context& ctx) { keys_->keys(ctx); }
  /// The ARN that the credentials stand for, asked of the Security Token Service. Throws as
  /// QueryClient::send.
  std::string identity(const Context& ctx, const Services& services);
  /// Of the same keys and region. Must not outlive this.
  ServiceQuotas quotas(const Services& services);

 private:
  std::unique_ptr<cloud::Transport> transport_;
  std::unique_ptr<KeyChain> keys_;
  unsigned retries_;
  QueryClient query_;
  Client client_;
};

}  // namespace dmachine::amazonec2

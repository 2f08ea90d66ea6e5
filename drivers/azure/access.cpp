// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/access.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace dmachine::azure {

Access::Access(const Services& services, const Identity& identity)
    : transport_(services.make_transport()),
      cloud_(find_endpoints(identity.environment, identity.arm_endpoint)),
      credentials_(find_credentials(*transport_, cloud_, identity, {.now = services.now})),
      client_(*transport_, credentials_, cloud_.arm, identity.subscription_id,
              services.persistence) {}

Access::Access(std::unique_ptr<cloud::Transport> transport, Cloud cloud, Credentials credentials,
               const std::string& subscription_id, Persistence persistence)
    : transport_(std::move(transport)),
      cloud_(std::move(cloud)),
      credentials_(std::move(credentials)),
      client_(*transport_, credentials_, cloud_.arm, subscription_id, persistence) {}

std::shared_ptr<Access> shared_access(const Services& services, const Identity& identity) {
  static std::mutex mutex;
  static std::vector<std::pair<Identity, std::weak_ptr<Access>>> known;
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
  for (const auto& [other, access] : known) {
    if (is_same(other, identity)) {
      if (auto found = access.lock()) {
        return found;
      }
    }
  }
  auto made = std::make_shared<Access>(services, identity);
  known.emplace_back(identity, made);
  return made;
}

}  // namespace dmachine::azure

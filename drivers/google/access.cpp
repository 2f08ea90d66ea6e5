// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/access.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace dmachine::google {

Access::Access(const Context& ctx, const Services& services, const Secret& encoded_json)
    : transport_(services.make_transport()),
      credentials_(
          find_credentials(ctx, *transport_, {.encoded_json = encoded_json, .now = services.now})),
      client_(*transport_, credentials_, services.persistence) {}

Access::Access(std::unique_ptr<cloud::Transport> transport, Credentials credentials,
               Persistence persistence)
    : transport_(std::move(transport)),
      credentials_(std::move(credentials)),
      client_(*transport_, credentials_, persistence) {}

std::shared_ptr<Access> shared_access(const Context& ctx, const Services& services,
                                      const Secret& encoded_json) {
  static std::mutex mutex;
  static std::vector<std::pair<Secret, std::weak_ptr<Access>>> known;
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
  for (const auto& [json, access] : known) {
    if (json.reveal() == encoded_json.reveal()) {
      if (auto found = access.lock()) {
        return found;
      }
    }
  }
  auto made = std::make_shared<Access>(ctx, services, encoded_json);
  known.emplace_back(encoded_json, made);
  return made;
}

}  // namespace dmachine::google

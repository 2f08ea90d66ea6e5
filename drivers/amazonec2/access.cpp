// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/access.hpp"

#include "cloud/digest.hpp"
#include "core/text.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace dmachine::amazonec2 {

namespace {

std::unique_ptr<cloud::Transport> make_transport(const Services& services) {
  return services.make_transport
             ? services.make_transport()
             : cloud::make_curl_transport_trusting(find_env("AWS_CA_BUNDLE").value_or(""));
}

Persistence persistence(const Services& services, unsigned retries) {
  auto persistence = services.persistence;
  persistence.retries = retries;
  return persistence;
}

}  // namespace

std::string AccessKey::group() const {
  // A digest, so that no copy of the secrets lies about.
  return cloud::sha256(join(
      {credentials.access_key, credentials.secret_key.reveal(), credentials.session_token.reveal(),
       credentials.from_environment ? "environment" : "", credentials.is_loaded ? "loaded" : "",
       place.url, place.region, std::to_string(retries)},
      "\n"));
}

AccessKey access_key(const StoredState& state, const Services& services) {
  AccessKey key;
  key.credentials.access_key = state.access_key;
  key.credentials.secret_key = state.secret_key;
  key.credentials.session_token = state.session_token;
  key.credentials.from_environment = state.keys_from_environment;
  key.credentials.is_loaded = !state.original.empty();
  key.credentials.region = state.region;
  key.credentials.now = services.now;
  key.credentials.backoff = services.persistence.backoff;
  key.place = ec2_place(state.region, state.endpoint, state.disable_ssl);
  // As in the reference, -1 is the default of AWS's library.
  key.retries = state.retries < 0 ? 3 : static_cast<unsigned>(state.retries);
  return key;
}

Access::Access(const Services& services, const AccessKey& key)
    : transport_(make_transport(services)),
      keys_(make_key_chain(*transport_, key.credentials)),
      retries_(key.retries),
      query_(*transport_, *keys_, key.place, persistence(services, key.retries), services.now),
      client_(query_) {}

std::string Access::identity(const Context& ctx, const Services& services) {
  QueryClient sts(*transport_, *keys_, sts_place(query_.place().region),
                  persistence(services, retries_), services.now);
  const auto root = sts.send(ctx, {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}}, {});
  return root.text("GetCallerIdentityResult/Arn");
}

ServiceQuotas Access::quotas(const Services& services) {
  return {*transport_, *keys_, quotas_place(query_.place().region), persistence(services, retries_),
          services.now};
}

std::shared_ptr<Access> shared_access(const Services& services, const AccessKey& key) {
  static std::mutex mutex;
  static std::vector<std::pair<std::string, std::weak_ptr<Access>>> known;
  const std::lock_guard lock(mutex);
  std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
  const std::string group = key.group();
  for (const auto& [other, access] : known) {
    if (other == group) {
      if (auto found = access.lock()) {
        return found;
      }
    }
  }
  auto made = std::make_shared<Access>(services, key);
  known.emplace_back(group, made);
  return made;
}

}  // namespace dmachine::amazonec2

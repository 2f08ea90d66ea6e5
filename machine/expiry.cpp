// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/expiry.hpp"

#include "machine/machine.hpp"

#include <algorithm>

namespace dmachine::machine {

std::optional<certs::Ending> ExpiryLook::ending_of(const std::filesystem::path& path) {
  const auto [found, is_new] = known_.try_emplace(path);
  if (is_new) {
    found->second = certs::find_ending(path);
  }
  return found->second;
}

std::vector<Expiry> ExpiryLook::at(const certs::AuthOptions& auth) {
  std::vector<Expiry> all;
  const auto look = [&](Expiry::Kind kind, const std::filesystem::path& path) {
    const auto ending = ending_of(path);
    if (ending && ending->end - now_ < certs::soon) {
      all.push_back({kind, path, ending->end, ending->end < now_, ending->own});
    }
    return ending;
  };
  const auto look_at_copy = [&](const std::filesystem::path& path,
                                const std::optional<certs::Ending>& original) {
    const auto copy = ending_of(path);
    if (copy && original && copy->end != original->end) {
      look(Expiry::Kind::copy, path);
    }
  };
  const auto authority = look(Expiry::Kind::authority, auth.ca_cert_path);
  const auto client = look(Expiry::Kind::client, auth.client_cert_path);
  look(Expiry::Kind::server, auth.server_cert_path);
  if (!auth.store_path.empty()) {
    const engine::TlsFiles copies = copied_tls_files(auth);
    look_at_copy(copies.ca_cert, authority);
    look_at_copy(copies.client_cert, client);
  }
  return all;
}

bool has_ended_authority(const certs::AuthOptions& auth) {
  const auto all = ExpiryLook().at(auth);
  return std::any_of(all.begin(), all.end(), [](const Expiry& one) {
    return one.has_ended &&
           (one.kind == Expiry::Kind::authority || one.kind == Expiry::Kind::client);
  });
}

}  // namespace dmachine::machine

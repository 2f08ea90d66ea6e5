// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/context.hpp"
#include "core/poll.hpp"

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace dmachine::azure {

/// HOME/.docker/machine/credentials/azure, where Docker Machine keeps tokens and tenants, wherever
/// the store is; nothing without a HOME.
std::optional<std::filesystem::path> login_folder();

/// The tenant in a challenge such as `Bearer authorization_uri="https://login.windows.net/TENANT",
/// …`; nothing when there is none. Pure.
std::optional<std::string> tenant_in_challenge(std::string_view www_authenticate);

/// The tenant that a subscription belongs to: as given, else from the file SUBSCRIPTION.tenantid in
/// the login folder, else asked of the Resource Manager, which names it when it refuses a request
/// without a token; the answer is kept in that file. Thread-safe.
class Tenant {
 public:
  Tenant(std::string given, std::string subscription_id, std::string arm,
         cloud::Transport& transport, Backoff backoff);

  /// Throws Error{denied}, and as the transport does.
  std::string find(const Context& ctx);

  /// After the Resource Manager said that the token is another tenant's: what it names instead is
  /// taken, or asked for anew. False when there is nothing to change.
  bool correct(std::string_view www_authenticate);

 private:
  std::optional<std::filesystem::path> file() const;
  std::string ask(const Context& ctx) const;
  void keep(const std::string& tenant) const;

  std::mutex mutex_;
  std::string given_;
  std::string subscription_id_;
  std::string arm_;
  cloud::Transport& transport_;
  Backoff backoff_;
  std::string known_;
};

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "cloud/token.hpp"
#include "core/context.hpp"
#include "core/poll.hpp"
#include "core/secret.hpp"
#include "drivers/azure/environment.hpp"
#include "drivers/azure/tenant.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace dmachine::azure {

struct StoredState;

/// Who we claim to be and where, as options and store say it.
struct Identity {
  std::string environment;
  std::string arm_endpoint;
  std::string subscription_id;
  std::string tenant_id;  // empty: asked for
  std::string client_id;
  Secret client_secret;
  bool use_managed_identity = false;
  std::string machine_name;  // for lines that ask somebody to log in; not part of who we are
};
Identity identity_of(const StoredState& state);
/// Whether one token serves both.
bool is_same(const Identity& a, const Identity& b);

struct CredentialOptions {
  cloud::Now now = cloud::WallClock::now;
  /// Pauses between tries at what issues tokens, and at the metadata service.
  Backoff backoff{Duration(250), std::chrono::seconds(10)};
  Backoff metadata_backoff{Duration(500), std::chrono::seconds(20)};
  /// Where the firmware says whose machine this is.
  std::filesystem::path chassis_asset_tag = "/sys/class/dmi/id/chassis_asset_tag";
  /// Whether there is somebody who can be asked to log in.
  std::function<bool()> is_interactive{};  // empty: stdin is a terminal
  Duration device_pause_unit = std::chrono::seconds(1);
};

/// Who we are, as found by find_credentials.
struct Credentials {
  /// One token per process, refreshed five minutes before its end. Thread-safe.
  std::unique_ptr<cloud::CachedToken> token;
  /// The subscription's tenant; nullptr where tokens come without one.
  std::shared_ptr<Tenant> tenant;
};

/// The first of these that is configured (azure.md 4.3):
///  1. client id and secret;
///  2. client id and AZURE_FEDERATED_TOKEN_FILE (workload identity);
///  3. client id and AZURE_CLIENT_CERTIFICATE_PATH, with AZURE_CLIENT_CERTIFICATE_PASSWORD;
///  4. a managed identity: --azure-use-managed-identity, IDENTITY_ENDPOINT, or this is a virtual
///     machine of Azure that has one;
///  5. Azure CLI, when `az` is there and logged in;
///  6. a device code, when somebody sits at a terminal.
/// Sends nothing: the token is fetched on first use. `transport` and `cloud` must outlive the
/// result. Throws Error{denied} when nothing is configured, Error{invalid} when what is configured
/// is wrong.
Credentials find_credentials(cloud::Transport& transport, const Cloud& cloud,
                             const Identity& identity, const CredentialOptions& options);

}  // namespace dmachine::azure

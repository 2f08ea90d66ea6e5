// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/token.hpp"
#include "core/secret.hpp"
#include "drivers/azure/credentials.hpp"
#include "drivers/azure/credentials/token_client.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

// One function per kind of credentials, each in a file of its own name. They read what they need
// and throw Error{invalid} when something is missing or wrong; nothing is sent before the first
// fetch.
namespace dmachine::azure {

using TokenSourcePtr = std::unique_ptr<cloud::TokenSource>;

/// What all of them need to know.
struct Login {
  const Cloud* cloud = nullptr;
  Identity identity;
  std::shared_ptr<Tenant> tenant;
  TokenClient client;

  /// LOGIN/TENANT/oauth2/v2.0/token
  std::string token_url(const Context& ctx) const;
  /// AUDIENCE.default
  std::string scope() const { return cloud->audience + ".default"; }
};

TokenSourcePtr make_client_secret(Login login);
/// Workload identity: the file is read at every exchange, since whoever writes it replaces it.
TokenSourcePtr make_federated_token(Login login, std::filesystem::path file);
TokenSourcePtr make_client_certificate(Login login, const std::filesystem::path& file,
                                       const Secret& password);

/// App Service and the like: IDENTITY_ENDPOINT with IDENTITY_HEADER.
TokenSourcePtr make_identity_endpoint(Login login, std::string endpoint, Secret header);
/// The metadata service of a virtual machine.
TokenSourcePtr make_metadata_service(Login login, Backoff backoff);
/// Whether the firmware says that this is a virtual machine of Azure.
bool is_azure_machine(const std::filesystem::path& chassis_asset_tag);

/// `az account get-access-token`.
TokenSourcePtr make_azure_cli(Login login);

/// Somebody opens a page and types a code; the token is kept in TENANT.json of the login folder,
/// which Docker Machine reads and writes too.
TokenSourcePtr make_device_code(Login login, Duration pause_unit);

/// The first of these that yields a token is used from then on. One that throws `Unconfigured` is
/// passed over.
TokenSourcePtr make_first_of(std::vector<TokenSourcePtr> sources);

/// This kind of credentials turns out not to be there.
class Unconfigured : public Error {
 public:
  explicit Unconfigured(const std::string& why) : Error(Errc::denied, why) {}
};

}  // namespace dmachine::azure

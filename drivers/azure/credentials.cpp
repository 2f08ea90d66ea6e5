// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/credentials.hpp"

#include "core/error.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "drivers/azure/credentials/sources.hpp"
#include "drivers/azure/state.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace dmachine::azure {

namespace {

constexpr auto early = std::chrono::minutes(5);

const char* const ways_to_log_in =
    "give --azure-client-id and --azure-client-secret (AZURE_CLIENT_ID, AZURE_CLIENT_SECRET), or "
    "AZURE_CLIENT_ID with AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, or "
    "--azure-use-managed-identity, or run az login";

/// For those whom nobody can ask: says what could be done.
class NobodyThere final : public cloud::TokenSource {
 public:
  cloud::Token fetch(const Context& /*ctx*/) override {
    throw Error(Errc::denied,
                "no Azure credentials were found, and there is no terminal to log in at",
                ways_to_log_in);
  }
};

/// What can only be known by asking, in the order of choice.
TokenSourcePtr make_ambient(const Login& login, const CredentialOptions& options) {
  std::vector<TokenSourcePtr> sources;
  if (const auto endpoint = find_env("IDENTITY_ENDPOINT")) {
    sources.push_back(
        make_identity_endpoint(login, *endpoint, Secret(find_env("IDENTITY_HEADER").value_or(""))));
  } else if (is_azure_machine(options.chassis_asset_tag)) {
    sources.push_back(make_metadata_service(login, options.metadata_backoff));
  }
  if (find_program("az")) {
    sources.push_back(make_azure_cli(login));
  }
  const bool interactive =
      options.is_interactive ? options.is_interactive() : isatty(STDIN_FILENO) == 1;
  if (interactive) {
    sources.push_back(make_device_code(login, options.device_pause_unit));
  } else {
    sources.push_back(std::make_unique<NobodyThere>());
  }
  return make_first_of(std::move(sources));
}

TokenSourcePtr find_source(const Login& login, const CredentialOptions& options) {
  const Identity& identity = login.identity;
  if (identity.use_managed_identity) {
    const auto endpoint = find_env("IDENTITY_ENDPOINT");
    return endpoint ? make_identity_endpoint(login, *endpoint,
                                             Secret(find_env("IDENTITY_HEADER").value_or("")))
                    : make_metadata_service(login, options.metadata_backoff);
  }
  if (!identity.client_id.empty()) {
    if (!identity.client_secret.empty()) {
      return make_client_secret(login);
    }
    if (const auto file = find_env("AZURE_FEDERATED_TOKEN_FILE")) {
      return make_federated_token(login, *file);
    }
    if (const auto file = find_env("AZURE_CLIENT_CERTIFICATE_PATH")) {
      return make_client_certificate(
          login, *file, Secret(find_env("AZURE_CLIENT_CERTIFICATE_PASSWORD").value_or("")));
    }
  } else if (!identity.client_secret.empty()) {
    throw Error(Errc::invalid, "a client secret is given without a client ID",
                "add --azure-client-id (AZURE_CLIENT_ID)");
  }
  return make_ambient(login, options);
}

class FirstOf final : public cloud::TokenSource {
 public:
  explicit FirstOf(std::vector<TokenSourcePtr> sources) : sources_(std::move(sources)) {}

  cloud::Token fetch(const Context& ctx) override {
    std::string passed_over;
    while (sources_.size() > 1) {
      try {
        return sources_.front()->fetch(ctx);
      } catch (const Unconfigured& error) {
        passed_over += fmt::format("{}; ", error.what());
        sources_.erase(sources_.begin());
      }
    }
    try {
      return sources_.front()->fetch(ctx);
    } catch (const Error& error) {
      throw Error(error.code(), passed_over + error.what(), error.hint());
    }
  }

 private:
  std::vector<TokenSourcePtr> sources_;
};

}  // namespace

Identity identity_of(const StoredState& state) {
  return {
      state.environment, state.arm_endpoint,  state.subscription_id,      state.tenant_id,
      state.client_id,   state.client_secret, state.use_managed_identity, state.base.machine_name};
}

bool is_same(const Identity& a, const Identity& b) {
  return equal_ignoring_case(a.environment, b.environment) && a.arm_endpoint == b.arm_endpoint &&
         equal_ignoring_case(a.subscription_id, b.subscription_id) && a.tenant_id == b.tenant_id &&
         a.client_id == b.client_id && a.client_secret.reveal() == b.client_secret.reveal() &&
         a.use_managed_identity == b.use_managed_identity;
}

std::string Login::token_url(const Context& ctx) const {
  return fmt::format("{}/{}/oauth2/v2.0/token", cloud->login, url_encode(tenant->find(ctx)));
}

TokenSourcePtr make_first_of(std::vector<TokenSourcePtr> sources) {
  return std::make_unique<FirstOf>(std::move(sources));
}

Credentials find_credentials(cloud::Transport& transport, const Cloud& cloud,
                             const Identity& identity, const CredentialOptions& options) {
  // The tenant is in the store when it was an option; AZURE_TENANT_ID is for older stores.
  const std::string tenant =
      identity.tenant_id.empty() ? find_env("AZURE_TENANT_ID").value_or("") : identity.tenant_id;
  Credentials credentials;
  credentials.tenant = std::make_shared<Tenant>(tenant, identity.subscription_id, cloud.arm,
                                                transport, options.backoff);
  const Login login{&cloud, identity, credentials.tenant,
                    TokenClient(transport, options.now, options.backoff)};
  credentials.token =
      std::make_unique<cloud::CachedToken>(find_source(login, options), early, options.now);
  return credentials;
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/azure/credentials/sources.hpp"

namespace dmachine::azure {

namespace {

/// The client credentials grant (RFC 6749, section 4.4).
class ClientSecretSource final : public cloud::TokenSource {
 public:
  explicit ClientSecretSource(Login login) : login_(std::move(login)) {}

  cloud::Token fetch(const Context& ctx) override {
    return with_context("Failed to authenticate using service principal credentials", [&] {
      return login_.client
          .exchange(ctx, login_.token_url(ctx),
                    {{"grant_type", "client_credentials"},
                     {"client_id", login_.identity.client_id},
                     {"client_secret", login_.identity.client_secret.reveal()},
                     {"scope", login_.scope()}})
          .token;
    });
  }

 private:
  Login login_;
};

}  // namespace

TokenSourcePtr make_client_secret(Login login) {
  return std::make_unique<ClientSecretSource>(std::move(login));
}

}  // namespace dmachine::azure

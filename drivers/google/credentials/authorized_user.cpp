// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/sources.hpp"

namespace dmachine::google {

namespace {

/// A user's refresh token is exchanged for an access token (RFC 6749, section 6), with the scopes
/// that the user agreed to.
class AuthorizedUser final : public cloud::TokenSource {
 public:
  AuthorizedUser(const Json& credentials, const TokenClient& client)
      : client_id_(required(credentials, "client_id")),
        client_secret_(required(credentials, "client_secret")),
        refresh_token_(required(credentials, "refresh_token")),
        token_uri_(text(credentials, "token_uri")),
        client_(client) {
    if (token_uri_.empty()) {
      token_uri_ = default_token_uri;
    }
    cloud::require_private(token_uri_, "token_uri");
  }

  cloud::Token fetch(const Context& ctx) override {
    auto grant = client_.exchange(ctx, token_uri_,
                                  {{"grant_type", "refresh_token"},
                                   {"refresh_token", refresh_token_.reveal()},
                                   {"client_id", client_id_},
                                   {"client_secret", client_secret_.reveal()}},
                                  {}, Wording::oauth2);
    if (!grant.refresh_token.empty()) {
      refresh_token_ = std::move(grant.refresh_token);
    }
    return std::move(grant.token);
  }

 private:
  std::string client_id_;
  Secret client_secret_;
  Secret refresh_token_;
  std::string token_uri_;
  TokenClient client_;
};

/// The same for a user of a workforce pool, whose client proves itself by a header (RFC 6749,
/// section 2.3.1).
class ExternalUser final : public cloud::TokenSource {
 public:
  ExternalUser(const Json& credentials, const TokenClient& client)
      : authorization_("Basic " + base64_encode(required(credentials, "client_id") + ":" +
                                                required(credentials, "client_secret"))),
        refresh_token_(required(credentials, "refresh_token")),
        token_url_(required(credentials, "token_url")),
        client_(client) {
    cloud::require_private(token_url_, "token_url");
  }

  cloud::Token fetch(const Context& ctx) override {
    auto grant = client_.exchange(
        ctx, token_url_,
        {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token_.reveal()}},
        {{"Authorization", authorization_.reveal()}}, Wording::google);
    if (!grant.refresh_token.empty()) {
      refresh_token_ = std::move(grant.refresh_token);
    }
    return std::move(grant.token);
  }

 private:
  Secret authorization_;
  Secret refresh_token_;
  std::string token_url_;
  TokenClient client_;
};

}  // namespace

TokenSourcePtr make_authorized_user(const Json& credentials, const TokenClient& client) {
  return std::make_unique<AuthorizedUser>(credentials, client);
}

TokenSourcePtr make_external_account_authorized_user(const Json& credentials,
                                                     const TokenClient& client) {
  return std::make_unique<ExternalUser>(credentials, client);
}

}  // namespace dmachine::google

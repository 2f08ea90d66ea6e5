// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/jwt.hpp"
#include "core/error.hpp"
#include "drivers/google/credentials/sources.hpp"

namespace dmachine::google {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

/// Issued this long ago, for servers whose clock is behind ours.
constexpr auto backdated = seconds(10);
constexpr auto lifetime = seconds(3600);

struct ServiceAccount {
  std::string email;
  std::string key_id;
  Secret key;
  std::string token_uri;
  std::string scope;

  /// `audience`: who the claims are for; empty when the scope says it.
  Secret sign(cloud::WallClock::time_point now, const std::string& audience) const {
    Json header{{"alg", "RS256"}, {"typ", "JWT"}};
    if (!key_id.empty()) {
      header["kid"] = key_id;
    }
    const auto issued = duration_cast<seconds>(now.time_since_epoch()) - backdated;
    Json claims{{"iss", email}, {"scope", scope}};
    if (audience.empty()) {
      claims["sub"] = email;
    } else {
      claims["aud"] = audience;
    }
    claims["iat"] = issued.count();
    claims["exp"] = (issued + lifetime).count();
    return cloud::make_jwt(header, claims, key);
  }
};

/// Signed claims are exchanged for a token (RFC 7523, section 2.1).
class ServiceAccountSource final : public cloud::TokenSource {
 public:
  ServiceAccountSource(ServiceAccount account, const TokenClient& client)
      : account_(std::move(account)), client_(client) {}

  cloud::Token fetch(const Context& ctx) override {
    const auto assertion = account_.sign(client_.now(), account_.token_uri);
    return client_
        .exchange(ctx, account_.token_uri,
                  {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                   {"assertion", assertion.reveal()}},
                  {}, Wording::oauth2)
        .token;
  }

 private:
  ServiceAccount account_;
  TokenClient client_;
};

/// Other universes have no token endpoint for keys: the signed claims are the token.
class SelfSignedSource final : public cloud::TokenSource {
 public:
  SelfSignedSource(ServiceAccount account, const TokenClient& client)
      : account_(std::move(account)), client_(client) {}

  cloud::Token fetch(const Context& /*ctx*/) override {
    const auto now = client_.now();
    return {account_.sign(now, ""), now - backdated + lifetime};
  }

 private:
  ServiceAccount account_;
  TokenClient client_;
};

}  // namespace

TokenSourcePtr make_service_account(const Json& credentials, const std::string& scope,
                                    const TokenClient& client) {
  ServiceAccount account;
  account.email = required(credentials, "client_email");
  account.key_id = text(credentials, "private_key_id");
  account.key = Secret(required(credentials, "private_key"));
  account.token_uri = text(credentials, "token_uri");
  account.scope = scope;
  cloud::require_rsa_key(account.key);
  if (account.token_uri.empty()) {
    account.token_uri = default_token_uri;
  }
  if (universe_domain(credentials) != default_universe) {
    return std::make_unique<SelfSignedSource>(std::move(account), client);
  }
  cloud::require_private(account.token_uri, "token_uri");
  return std::make_unique<ServiceAccountSource>(std::move(account), client);
}

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Logging in with a signed statement (RFC 7523, section 2.2): of another identity provider, or our
// own by the key of a certificate.
#include "cloud/client_certificate.hpp"
#include "cloud/digest.hpp"
#include "cloud/jwt.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "drivers/azure/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr auto lifetime = seconds(600);

class AssertionSource final : public cloud::TokenSource {
 public:
  /// Makes the statement for a token endpoint.
  using Assert = std::function<Secret(const std::string& token_url)>;

  AssertionSource(Login login, std::string kind, Assert make)
      : login_(std::move(login)), kind_(std::move(kind)), make_(std::move(make)) {}

  cloud::Token fetch(const Context& ctx) override {
    return with_context("Failed to authenticate using " + kind_, [&] {
      const std::string url = login_.token_url(ctx);
      const Secret assertion = make_(url);
      return login_.client
          .exchange(
              ctx, url,
              {{"grant_type", "client_credentials"},
               {"client_id", login_.identity.client_id},
               {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
               {"client_assertion", assertion.reveal()},
               {"scope", login_.scope()}})
          .token;
    });
  }

 private:
  Login login_;
  std::string kind_;
  Assert make_;
};

/// A file of credentials. Never as not_found, which from a driver means that the cloud knows no
/// such machine.
Secret read_credentials(const std::filesystem::path& file) {
  try {
    return Secret(read_file(file));
  } catch (const Error& error) {
    throw Error(Errc::denied, error.what());
  }
}

}  // namespace

TokenSourcePtr make_federated_token(Login login, std::filesystem::path file) {
  const auto read = [file = std::move(file)](const std::string&) {
    const Secret content = read_credentials(file);
    const auto token = trim(content.reveal());
    if (token.empty()) {
      throw Error(Errc::denied,
                  fmt::format("{} (from AZURE_FEDERATED_TOKEN_FILE) is empty", file.string()));
    }
    return Secret(std::string(token));
  };
  return std::make_unique<AssertionSource>(std::move(login), "a federated token", read);
}

TokenSourcePtr make_client_certificate(Login login, const std::filesystem::path& file,
                                       const Secret& password) {
  const auto certificate = with_context(
      fmt::format("the client certificate {} (from AZURE_CLIENT_CERTIFICATE_PATH)", file.string()),
      [&] {
        auto parsed = cloud::parse_client_certificate(read_credentials(file), password);
        cloud::require_rsa_key(parsed.key);
        return parsed;
      });
  // Source: learn.microsoft.com, "Microsoft identity platform application authentication
  // certificate credentials".
  const auto sign = [certificate, client = login.client,
                     id = login.identity.client_id](const std::string& token_url) {
    const auto now = duration_cast<seconds>(client.now().time_since_epoch());
    const Json header{{"alg", "PS256"},
                      {"typ", "JWT"},
                      {"x5t#S256", base64url_encode(cloud::sha256(certificate.der))}};
    const Json claims{{"aud", token_url},
                      {"iss", id},
                      {"sub", id},
                      {"jti", random_uuid()},
                      {"nbf", now.count()},
                      {"iat", now.count()},
                      {"exp", (now + lifetime).count()}};
    return cloud::make_jwt(header, claims, certificate.key);
  };
  return std::make_unique<AssertionSource>(std::move(login), "a client certificate", sign);
}

}  // namespace dmachine::azure

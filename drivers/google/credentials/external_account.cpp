// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

#include <regex>

namespace dmachine::google {

namespace {

/// Another provider's token is exchanged for one of Google (RFC 8693).
class ExternalAccount final : public cloud::TokenSource {
 public:
  ExternalAccount(const Json& credentials, std::string scope, SubjectToken subject,
                  const TokenClient& client)
      : audience_(required(credentials, "audience")),
        subject_token_type_(required(credentials, "subject_token_type")),
        token_url_(text(credentials, "token_url")),
        scope_(std::move(scope)),
        subject_(std::move(subject)),
        client_(client) {
    if (token_url_.empty()) {
      token_url_ = fmt::format("https://sts.{}/v1/token", universe_domain(credentials));
    }
    cloud::require_private(token_url_, "token_url");
    set_client(credentials);
  }

  cloud::Token fetch(const Context& ctx) override {
    const Secret subject = subject_(ctx);
    cloud::Form form{{"audience", audience_},
                     {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                     {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                     {"subject_token_type", subject_token_type_},
                     {"subject_token", subject.reveal()},
                     {"scope", scope_}};
    if (!options_.empty()) {
      form.emplace_back("options", options_);
    }
    cloud::Headers headers;
    if (!authorization_.empty()) {
      headers.emplace_back("Authorization", authorization_.reveal());
    }
    return client_.exchange(ctx, token_url_, std::move(form), headers, Wording::google).token;
  }

 private:
  void set_client(const Json& credentials) {
    const auto id = text(credentials, "client_id");
    const auto secret = text(credentials, "client_secret");
    const auto project = text(credentials, "workforce_pool_user_project");
    if (!id.empty() && !secret.empty()) {
      authorization_ = Secret("Basic " + base64_encode(id + ":" + secret));
    }
    if (project.empty()) {
      return;
    }
    static const std::regex workforce("//iam\\.googleapis\\.com/locations/[^/]+/workforcePools/.*");
    if (!std::regex_match(audience_, workforce)) {
      throw Error(
          Errc::invalid,
          "workforce_pool_user_project should not be set for non-workforce pool credentials");
    }
    if (id.empty()) {
      options_ = Json{{"userProject", project}}.dump();
    }
  }

  std::string audience_;
  std::string subject_token_type_;
  std::string token_url_;
  std::string scope_;
  std::string options_;
  Secret authorization_;
  SubjectToken subject_;
  TokenClient client_;
};

SubjectToken make_subject(const Json& credentials, const TokenClient& client) {
  const Json& source = member(credentials, "credential_source");
  if (!source.is_object()) {
    throw Error(Errc::invalid, "missing \"credential_source\" field in credentials");
  }
  if (const auto environment = text(source, "environment_id"); environment.substr(0, 3) == "aws") {
    if (environment != "aws1") {
      throw Error(Errc::invalid,
                  fmt::format("aws version {} is not supported", go_quote(environment.substr(3))));
    }
    return subject_from_aws(source, required(credentials, "audience"), client);
  }
  if (!text(source, "file").empty()) {
    return subject_from_file(source);
  }
  if (!text(source, "url").empty()) {
    return subject_from_url(source, client);
  }
  if (member(source, "executable").is_object()) {
    return subject_from_executable(credentials, client);
  }
  throw Error(Errc::invalid, "unable to parse credential source",
              "it has to have a file, a url, an executable, or environment_id aws1");
}

/// Seconds, as text for the request. Source: the limits of generateAccessToken.
std::string impersonation_lifetime(const Json& credentials) {
  const Json& seconds =
      member(member(credentials, "service_account_impersonation"), "token_lifetime_seconds");
  if (seconds.is_null() || seconds == 0) {
    return "3600s";
  }
  if (!seconds.is_number_integer() || seconds < 600 || seconds > 43200) {
    throw Error(Errc::invalid,
                "token_lifetime_seconds in credentials must be between 600 and 43200");
  }
  return seconds.dump() + "s";
}

}  // namespace

TokenSourcePtr make_external_account(const Json& credentials, const std::string& scope,
                                     const TokenClient& client) {
  const auto url = text(credentials, "service_account_impersonation_url");
  auto subject = make_subject(credentials, client);
  if (url.empty()) {
    return std::make_unique<ExternalAccount>(credentials, scope, std::move(subject), client);
  }
  auto own = std::make_unique<ExternalAccount>(credentials, std::string(cloud_platform_scope),
                                               std::move(subject), client);
  Json body{{"lifetime", impersonation_lifetime(credentials)}, {"scope", Json::array({scope})}};
  return make_impersonation(std::move(own), url, std::move(body), client);
}

}  // namespace dmachine::google

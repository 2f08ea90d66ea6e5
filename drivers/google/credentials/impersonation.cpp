// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_date.hpp"
#include "core/error.hpp"
#include "drivers/google/credentials/sources.hpp"

namespace dmachine::google {

namespace {

/// Source: IAM Service Account Credentials API, projects.serviceAccounts.generateAccessToken.
class Impersonation final : public cloud::TokenSource {
 public:
  Impersonation(TokenSourcePtr source, std::string url, Json body, const TokenClient& client)
      : source_(std::move(source)), url_(std::move(url)), body_(std::move(body)), client_(client) {}

  cloud::Token fetch(const Context& ctx) override {
    const auto own = source_->fetch(ctx);
    cloud::HttpRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers = {{"Authorization", "Bearer " + own.value.reveal()},
                       {"Content-Type", "application/json"}};
    request.body = body_.dump();
    const auto reply = client_.send(ctx, std::move(request));
    if (reply.status < 200 || reply.status > 299) {
      throw refusal(reply, Wording::google, {own.value.reveal()});
    }
    const Json json = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
    const Json& token = member(json, "accessToken");
    const Json& time = member(json, "expireTime");
    const auto expires = cloud::parse_rfc3339(time.is_string() ? time.get<std::string>() : "");
    if (!token.is_string() || token.get_ref<const std::string&>().empty() || !expires) {
      throw Error(Errc::unavailable,
                  "oauth2/google: unable to parse response of the impersonation endpoint");
    }
    return {Secret(token.get<std::string>()), *expires};
  }

 private:
  TokenSourcePtr source_;
  std::string url_;
  Json body_;
  TokenClient client_;
};

}  // namespace

TokenSourcePtr make_impersonation(TokenSourcePtr source, std::string url, Json body,
                                  const TokenClient& client) {
  cloud::require_private(url, "service_account_impersonation_url");
  return std::make_unique<Impersonation>(std::move(source), std::move(url), std::move(body),
                                         client);
}

TokenSourcePtr make_impersonated(const Json& credentials, const std::string& scope,
                                 const TokenClient& client, int depth) {
  auto url = required(credentials, "service_account_impersonation_url");
  const Json& inner = member(credentials, "source_credentials");
  if (inner.is_null()) {
    throw Error(Errc::invalid, "missing \"source_credentials\" field in credentials");
  }
  Json body = Json::object();
  if (const Json& delegates = member(credentials, "delegates");
      delegates.is_array() && !delegates.empty()) {
    body["delegates"] = delegates;
  }
  body["lifetime"] = "3600s";
  body["scope"] = Json::array({scope});
  auto source = make_source(inner, std::string(cloud_platform_scope), client, depth + 1);
  return make_impersonation(std::move(source), std::move(url), std::move(body), client);
}

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/sigv4.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/local_service.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::google {

namespace {

/// Proves an AWS identity by a signed GetCallerIdentity request, which Google sends to AWS itself.
/// Source: Google Cloud, "Workload identity federation", "Obtain credentials for the external
/// workload: AWS".
class AwsSubject {
 public:
  AwsSubject(const Json& source, std::string audience, const TokenClient& client)
      : audience_(std::move(audience)),
        region_url_(text(source, "region_url")),
        keys_url_(text(source, "url")),
        session_url_(text(source, "imdsv2_session_token_url")),
        verification_url_(text(source, "regional_cred_verification_url")),
        client_(client) {
    if (verification_url_.empty()) {
      verification_url_ =
          "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";
    }
  }

  Secret operator()(const Context& ctx) const {
    auto region = find_env("AWS_REGION");
    region = region ? region : find_env("AWS_DEFAULT_REGION");
    auto keys = keys_of_environment();
    cloud::Headers session;
    if ((!region || !keys) && !session_url_.empty()) {
      session = start_session(ctx);
    }
    if (!keys) {
      keys = keys_of_instance(ctx, session);
    }
    if (!region) {
      region = region_of_instance(ctx, session);
    }
    return signed_request(*region, *keys);
  }

 private:
  static std::optional<cloud::AwsCredentials> keys_of_environment() {
    const auto id = find_env("AWS_ACCESS_KEY_ID");
    const auto secret = find_env("AWS_SECRET_ACCESS_KEY");
    if (!id || !secret) {
      return std::nullopt;
    }
    return cloud::AwsCredentials{*id, Secret(*secret),
                                 Secret(find_env("AWS_SESSION_TOKEN").value_or(""))};
  }

  /// The header that version 2 of Amazon's metadata service wants on every request.
  cloud::Headers start_session(const Context& ctx) const {
    auto request = request_to_service("PUT", session_url_);
    request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "300"}};
    return {{"X-aws-ec2-metadata-token",
             ask_service(ctx, client_, std::move(request), "the AWS session token")}};
  }

  std::string ask(const Context& ctx, const std::string& url, const cloud::Headers& session,
                  std::string_view what) const {
    auto request = request_to_service("GET", url);
    request.headers = session;
    return ask_service(ctx, client_, std::move(request), what);
  }

  cloud::AwsCredentials keys_of_instance(const Context& ctx, const cloud::Headers& session) const {
    if (keys_url_.empty()) {
      throw Error(Errc::denied,
                  "unable to determine the AWS metadata server security credentials endpoint");
    }
    const auto list = ask(ctx, keys_url_, session, "the AWS role name");
    const std::string role(trim(list.substr(0, list.find('\n'))));
    const bool slash = keys_url_.back() == '/';
    const auto answer =
        ask(ctx, fmt::format("{}{}{}", keys_url_, slash ? "" : "/", url_encode(role)), session,
            "AWS security credentials");
    const Json json = Json::parse(answer, nullptr, /*allow_exceptions=*/false);
    cloud::AwsCredentials keys{text(json, "AccessKeyId"), Secret(text(json, "SecretAccessKey")),
                               Secret(text(json, "Token"))};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
      throw Error(Errc::denied, fmt::format("the AWS security credentials of role {} have no keys",
                                            go_quote(role)));
    }
    return keys;
  }

  std::string region_of_instance(const Context& ctx, const cloud::Headers& session) const {
    if (region_url_.empty()) {
      throw Error(Errc::denied, "unable to determine AWS region");
    }
    // What is answered is a zone, "us-east-2b".
    std::string zone(trim(ask(ctx, region_url_, session, "the AWS region")));
    zone.resize(zone.empty() ? 0 : zone.size() - 1);
    return zone;
  }

  Secret signed_request(const std::string& region, const cloud::AwsCredentials& keys) const {
    cloud::HttpRequest request;
    request.method = "POST";
    request.url = replace_all(verification_url_, "{region}", region);
    request.headers = {{"x-goog-cloud-target-resource", audience_}};
    const auto host = cloud::parse_url(request.url).host;
    const std::string service = host.substr(0, host.find('.'));
    auto headers = cloud::sigv4_headers(request, keys, {region, service},
                                        std::chrono::floor<std::chrono::seconds>(client_.now()));
    headers.insert(headers.end(), request.headers.begin(), request.headers.end());
    std::sort(headers.begin(), headers.end());
    Json list = Json::array();
    for (const auto& [key, value] : headers) {
      list.push_back(Json{{"key", key}, {"value", value}});
    }
    return Secret(url_encode(
        Json{{"url", request.url}, {"method", request.method}, {"headers", list}}.dump()));
  }

  std::string audience_;
  std::string region_url_;
  std::string keys_url_;
  std::string session_url_;
  std::string verification_url_;
  TokenClient client_;
};

}  // namespace

SubjectToken subject_from_aws(const Json& source, const std::string& audience,
                              const TokenClient& client) {
  return AwsSubject(source, audience, client);
}

}  // namespace dmachine::google

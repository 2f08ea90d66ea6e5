// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// The Security Token Service: roles. Source: AWS STS API reference, version 2011-06-15.
#include "cloud/retry.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"
#include "drivers/amazonec2/endpoint.hpp"
#include "drivers/amazonec2/query.hpp"
#include "drivers/amazonec2/xml.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

bool is_transient_for_sts(const cloud::HttpReply& reply) {
  if (is_transient(reply)) {
    return true;
  }
  if (reply.status < 400) {
    return false;
  }
  const auto error = parse_api_error(reply);
  return error.api_code() == "IDPCommunicationError" || error.api_code() == "InvalidIdentityToken";
}

TimedKeys ask(const Context& ctx, const SourceTools& tools, const cloud::HttpRequest& request,
              const std::string& action) {
  cloud::RetryPolicy policy;
  policy.backoff = tools.backoff;
  policy.most_tries = 4;
  policy.give_up_after = std::chrono::minutes(1);
  policy.is_transient = &is_transient_for_sts;
  const auto reply = cloud::send_with_retry(ctx, tools.transport, request, policy);
  if (reply.status != 200) {
    const auto error = parse_api_error(reply);
    throw Error(error.code() == Errc::not_found ? Errc::denied : error.code(),
                fmt::format("{}: {}", action, error.what()), error.hint());
  }
  const auto root = parse_xml(reply.body);
  const Element keys = root ? root->child(action + "Result/Credentials") : Element();
  TimedKeys found{{keys.text("AccessKeyId"), Secret(keys.text("SecretAccessKey")),
                   Secret(keys.text("SessionToken"))}};
  if (found.keys.access_key_id.empty() || found.keys.secret_access_key.empty()) {
    throw Error(Errc::denied, action + ": the answer holds no keys");
  }
  found.expires = parse_expiration(keys.text("Expiration"), action);
  return found;
}

class WebIdentity final : public KeySource {
 public:
  explicit WebIdentity(SourceTools tools) : tools_(std::move(tools)) {}

  std::optional<TimedKeys> fetch(const Context& ctx) override {
    const auto file = find_env("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role = find_env("AWS_ROLE_ARN");
    if (!file) {
      return std::nullopt;
    }
    if (!role) {
      throw Error(Errc::denied, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    }
    return assume_role_with_web_identity(
        ctx, tools_, *file, {*role, find_env("AWS_ROLE_SESSION_NAME").value_or(""), {}, {}});
  }

 private:
  SourceTools tools_;
};

}  // namespace

TimedKeys assume_role(const Context& ctx, const SourceTools& tools,
                      const cloud::AwsCredentials& base, const Role& role) {
  QueryParameters parameters{
      {"Action", "AssumeRole"},
      {"Version", "2011-06-15"},
      {"RoleArn", role.arn},
      {"RoleSessionName", session_name_or_time(role.session_name, tools.now)},
      {"DurationSeconds", role.duration_seconds.empty() ? "900" : role.duration_seconds}};
  if (!role.external_id.empty()) {
    parameters["ExternalId"] = role.external_id;
  }
  const ServicePlace place = sts_place(tools.region);
  auto request = query_request(place, parameters);
  sign(request, base, place, tools.now());
  return ask(ctx, tools, request, "AssumeRole");
}

TimedKeys assume_role_with_web_identity(const Context& ctx, const SourceTools& tools,
                                        const std::string& token_file, const Role& role) {
  std::string token;
  try {
    token = read_file(token_file);
  } catch (const Error& error) {
    throw Error(Errc::denied, fmt::format("web identity token: {}", error.what()));
  }
  const QueryParameters parameters{
      {"Action", "AssumeRoleWithWebIdentity"},
      {"Version", "2011-06-15"},
      {"RoleArn", role.arn},
      {"RoleSessionName", session_name_or_time(role.session_name, tools.now)},
      {"WebIdentityToken", std::string(trim(token))}};
  return ask(ctx, tools, query_request(sts_place(tools.region), parameters),
             "AssumeRoleWithWebIdentity");
}

std::unique_ptr<KeySource> web_identity_source(const SourceTools& tools) {
  return std::make_unique<WebIdentity>(tools);
}

}  // namespace dmachine::amazonec2

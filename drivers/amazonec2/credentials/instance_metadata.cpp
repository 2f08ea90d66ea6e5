// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Source: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
#include "cloud/retry.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/credentials/local_service.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

constexpr const char* roles_path = "/latest/meta-data/iam/security-credentials/";

bool is_true(const char* variable) {
  const auto text = find_env(variable);
  return text && equal_ignoring_case(*text, "true");
}

std::string base_url() {
  if (auto url = find_env("AWS_EC2_METADATA_SERVICE_ENDPOINT")) {
    while (url->ends_with('/')) {
      url->pop_back();
    }
    return *url;
  }
  const auto mode = find_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  return mode && equal_ignoring_case(*mode, "IPv6") ? "http://[fd00:ec2::254]"
                                                    : "http://169.254.169.254";
}

class InstanceRole final : public KeySource {
 public:
  explicit InstanceRole(SourceTools tools) : tools_(std::move(tools)) {}

  std::optional<TimedKeys> fetch(const Context& ctx) override {
    if (is_true("AWS_EC2_METADATA_DISABLED")) {
      return std::nullopt;
    }
    base_ = base_url();
    if (!start_session(ctx)) {
      return std::nullopt;
    }
    const auto roles = get(ctx, roles_path);
    if (!roles || roles->status == 404 || trim(roles->body).empty()) {
      return std::nullopt;
    }
    check(*roles);
    const std::string role(trim(roles->body.substr(0, roles->body.find('\n'))));
    const auto answer = get(ctx, roles_path + url_encode(role));
    if (!answer) {
      throw Error(Errc::unavailable, "the instance's metadata service does not answer");
    }
    check(*answer);
    const Json json = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
    const Json* code = find_member(json, "Code");
    if (code != nullptr && *code != "Success") {
      throw Error(Errc::denied,
                  fmt::format("EC2RoleRequestError: role {}: {}", go_quote(role), code->dump()));
    }
    return parse_json_keys(answer->body, "Token",
                           fmt::format("EC2RoleRequestError: role {}", go_quote(role)));
  }

 private:
  /// False when there is no metadata service. Version 1 is spoken where version 2 is unknown, or
  /// its answer is lost: at hop limit 1 it does not reach into containers.
  bool start_session(const Context& ctx) {
    session_.clear();
    auto request = local_request("PUT", base_ + "/latest/api/token");
    request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    request.timeout = std::chrono::seconds(2);
    try {
      const auto reply = tools_.transport.send(ctx, request);
      if (reply.status == 200) {
        session_ = {{"X-aws-ec2-metadata-token", std::string(trim(reply.body))}};
        return true;
      }
      if (reply.status == 400) {
        check(reply);
      }
    } catch (const cloud::TransportError& error) {
      if (!error.maybe_sent()) {
        return false;
      }
    }
    return !is_true("AWS_EC2_METADATA_V1_DISABLED");
  }

  /// Nothing when nobody answers.
  std::optional<cloud::HttpReply> get(const Context& ctx, const std::string& path) {
    for (bool is_second : {false, true}) {
      auto request = local_request("GET", base_ + path);
      request.headers = session_;
      cloud::RetryPolicy policy;
      policy.backoff = tools_.backoff;
      policy.most_tries = 3;
      policy.give_up_after = std::chrono::seconds(10);
      try {
        auto reply = cloud::send_with_retry(ctx, tools_.transport, request, policy);
        if (reply.status != 401 || is_second || !start_session(ctx)) {
          return reply;
        }
      } catch (const cloud::TransportError&) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  static void check(const cloud::HttpReply& reply) {
    if (reply.status != 200) {
      throw Error(Errc::denied, fmt::format("EC2RoleRequestError: the instance's metadata service "
                                            "answered {}",
                                            reply.status));
    }
  }

  SourceTools tools_;
  std::string base_;
  cloud::Headers session_;
};

}  // namespace

std::unique_ptr<KeySource> instance_role_source(const SourceTools& tools) {
  return std::make_unique<InstanceRole>(tools);
}

}  // namespace dmachine::amazonec2

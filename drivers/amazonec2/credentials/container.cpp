// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// ECS tasks, EKS pod identity, and whatever else hands out keys by that protocol.
#include "cloud/retry.hpp"
#include "cloud/url.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/credentials/local_service.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

constexpr const char* full_name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* relative_name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

/// Over plain http keys come only from this machine and from the two addresses of ECS and EKS.
void check_host(const std::string& text) {
  const auto url = cloud::parse_url(text);
  const bool is_known = cloud::is_loopback(url.host) || url.host == "169.254.170.2" ||
                        url.host == "169.254.170.23" || url.host == "fd00:ec2::23";
  if (url.scheme != "https" && !is_known) {
    throw Error(Errc::denied, fmt::format("{} names the host {}", full_name, go_quote(url.host)),
                "plain http is taken for loopback, 169.254.170.2, 169.254.170.23 and "
                "[fd00:ec2::23] only");
  }
}

std::string authorization() {
  std::string token;
  if (const auto file = find_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    try {
      token = std::string(trim(read_file(*file)));
    } catch (const Error& error) {
      throw Error(Errc::denied,
                  fmt::format("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {}", error.what()));
    }
  } else {
    token = find_env("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    throw Error(Errc::denied, "the container's authorization token has a line break");
  }
  return token;
}

class Container final : public KeySource {
 public:
  explicit Container(SourceTools tools) : tools_(std::move(tools)) {}

  std::optional<TimedKeys> fetch(const Context& ctx) override {
    const auto full = find_env(full_name);
    const auto relative = find_env(relative_name);
    if (!full && !relative) {
      return std::nullopt;
    }
    if (full) {
      check_host(*full);
    }
    auto request = local_request("GET", full ? *full : "http://169.254.170.2" + *relative);
    request.headers = {{"Accept", "application/json"}};
    if (auto token = authorization(); !token.empty()) {
      request.headers.emplace_back("Authorization", std::move(token));
    }
    cloud::RetryPolicy policy;
    policy.backoff = tools_.backoff;
    policy.most_tries = 4;
    policy.give_up_after = std::chrono::seconds(30);
    const auto reply = cloud::send_with_retry(ctx, tools_.transport, request, policy);
    constexpr std::string_view what = "AWS credentials of the container";
    if (reply.status != 200) {
      throw Error(Errc::denied,
                  fmt::format("{}: {} answered {}{}", what, full ? full_name : relative_name,
                              reply.status, refusal_text(reply.body)));
    }
    return parse_json_keys(reply.body, "Token", what);
  }

 private:
  static std::string refusal_text(const std::string& body) {
    const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
    std::string text;
    for (const char* key : {"code", "message"}) {
      const Json* value = find_member(json, key);
      if (value != nullptr && value->is_string()) {
        text += ": " + value->get<std::string>();
      }
    }
    return text;
  }

  SourceTools tools_;
};

}  // namespace

std::unique_ptr<KeySource> container_source(const SourceTools& tools) {
  return std::make_unique<Container>(tools);
}

}  // namespace dmachine::amazonec2

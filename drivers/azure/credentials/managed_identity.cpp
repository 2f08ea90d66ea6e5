// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Identities that Azure gives to its own machines and services. Source: learn.microsoft.com, "How
// to use managed identities for Azure resources on an Azure VM to acquire an access token" and "How
// to use managed identities for App Service".
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "drivers/azure/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::azure {

namespace {

constexpr const char* fixed_address = "http://169.254.169.254";
/// The same on all of Azure's virtual machines.
constexpr std::string_view azure_asset_tag = "7783-7084-3265-9085-8269-3286-77";

class ServiceSource final : public cloud::TokenSource {
 public:
  ServiceSource(Login login, cloud::HttpRequest request, cloud::RetryPolicy policy)
      : login_(std::move(login)), request_(std::move(request)), policy_(std::move(policy)) {}

  cloud::Token fetch(const Context& ctx) override {
    cloud::HttpReply reply;
    try {
      reply = ask(ctx);
    } catch (const cloud::TransportError& error) {
      if (login_.identity.use_managed_identity) {
        throw Error(error.code(), fmt::format("asking for the managed identity: {}", error.what()));
      }
      throw Unconfigured(fmt::format("asking for a managed identity: {}", error.what()));
    }
    if (reply.status == 200) {
      return login_.client.parse(Json::parse(reply.body, nullptr, /*allow_exceptions=*/false))
          .token;
    }
    const auto refused = refusal(reply, {});
    const auto text = fmt::format("no token for the managed identity: {}", refused.what());
    // 400 is the answer of a machine that has none.
    if (reply.status == 400 && !login_.identity.use_managed_identity) {
      throw Unconfigured(text);
    }
    throw Error(refused.code(), text,
                reply.status == 400 ? "this machine has no such identity: assign one to it" : "");
  }

 private:
  cloud::HttpReply ask(const Context& ctx) const {
    return login_.client.send_by(ctx, request_, policy_);
  }

  Login login_;
  cloud::HttpRequest request_;
  cloud::RetryPolicy policy_;
};

std::string query(const Login& login, std::string_view api_version) {
  auto text =
      fmt::format("?api-version={}&resource={}", api_version, url_encode(login.cloud->audience));
  if (!login.identity.client_id.empty()) {
    text += "&client_id=" + url_encode(login.identity.client_id);
  }
  return text;
}

}  // namespace

bool is_azure_machine(const std::filesystem::path& chassis_asset_tag) {
  try {
    return trim(find_file(chassis_asset_tag).value_or("")) == azure_asset_tag;
  } catch (const Error&) {
    return false;
  }
}

TokenSourcePtr make_metadata_service(Login login, Backoff backoff) {
  cloud::HttpRequest request;
  // The variable is that of the SDKs, for services that stand in for the fixed address.
  request.url = find_env("AZURE_POD_IDENTITY_AUTHORITY_HOST").value_or(fixed_address);
  while (request.url.ends_with('/')) {
    request.url.pop_back();
  }
  request.url += "/metadata/identity/oauth2/token" + query(login, "2018-02-01");
  request.headers = {{"Metadata", "true"}};
  request.proxy = cloud::HttpRequest::Proxy::never;
  request.connect_timeout = std::chrono::seconds(1);
  request.timeout = std::chrono::seconds(10);
  cloud::RetryPolicy policy;
  policy.backoff = backoff;
  policy.give_up_after = std::chrono::minutes(1);
  policy.most_tries = 5;
  // 404 and 410 while the service is updated.
  policy.is_transient = [](const cloud::HttpReply& reply) {
    return reply.status == 404 || reply.status == 410 || reply.status == 429 || reply.status >= 500;
  };
  return std::make_unique<ServiceSource>(std::move(login), std::move(request), std::move(policy));
}

TokenSourcePtr make_identity_endpoint(Login login, std::string endpoint, Secret header) {
  if (header.empty()) {
    throw Error(Errc::invalid, "IDENTITY_ENDPOINT is set, but IDENTITY_HEADER is not");
  }
  cloud::HttpRequest request;
  request.url = std::move(endpoint) + query(login, "2019-08-01");
  request.headers = {{"X-IDENTITY-HEADER", header.reveal()}};
  request.proxy = cloud::HttpRequest::Proxy::never;
  request.timeout = std::chrono::seconds(10);
  cloud::RetryPolicy policy;
  policy.give_up_after = std::chrono::minutes(1);
  policy.most_tries = 5;
  return std::make_unique<ServiceSource>(std::move(login), std::move(request), std::move(policy));
}

}  // namespace dmachine::azure

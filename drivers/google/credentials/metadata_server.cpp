// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/credentials/metadata_server.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

using cloud::HttpRequest;

constexpr const char* fixed_address = "169.254.169.254";

HttpRequest metadata_request(const std::string& host, const std::string& path) {
  HttpRequest request;
  request.url = "http://" + host + path;
  request.headers = {{"Metadata-Flavor", "Google"}};
  request.proxy = HttpRequest::Proxy::never;
  request.connect_timeout = std::chrono::seconds(2);
  request.timeout = std::chrono::seconds(5);
  return request;
}

/// The server stalls and answers 503 while the virtual machine is migrated.
cloud::RetryPolicy policy(Backoff backoff) {
  cloud::RetryPolicy policy;
  policy.backoff = backoff;
  policy.give_up_after = std::chrono::minutes(1);
  policy.most_tries = 6;
  return policy;
}

bool is_product_of_google(const std::filesystem::path& product_name) {
  try {
    const auto content = find_file(product_name).value_or("");
    return trim(content) == "Google" || trim(content) == "Google Compute Engine";
  } catch (const Error&) {
    return false;
  }
}

/// Other clouds have servers at the same address; only Google's answers with this header.
bool answers_as_google(const Context& ctx, cloud::Transport& transport) {
  auto request = metadata_request(fixed_address, "/");
  request.timeout = request.connect_timeout;
  try {
    return transport.send(ctx, request).header("Metadata-Flavor") == "Google";
  } catch (const cloud::TransportError&) {
    return false;
  }
}

class MetadataSource final : public cloud::TokenSource {
 public:
  MetadataSource(std::string host, std::string scope, cloud::Transport& transport, cloud::Now now,
                 Backoff backoff)
      : host_(std::move(host)),
        scope_(std::move(scope)),
        transport_(transport),
        now_(std::move(now)),
        backoff_(backoff) {}

  cloud::Token fetch(const Context& ctx) override {
    const auto request = metadata_request(
        host_,
        "/computeMetadata/v1/instance/service-accounts/default/token?scopes=" + url_encode(scope_));
    const auto reply = cloud::send_with_retry(ctx, transport_, request, policy(backoff_));
    if (reply.status == 404) {
      throw Error(Errc::denied,
                  "metadata: GCE metadata \"instance/service-accounts/default/token\" not defined",
                  "this virtual machine has no service account");
    }
    if (reply.status != 200) {
      throw refusal(reply, Wording::oauth2, {});
    }
    const Json json = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
    const Json& token = member(json, "access_token");
    const Json& seconds = member(json, "expires_in");
    if (!token.is_string() || token.get_ref<const std::string&>().empty() || !seconds.is_number() ||
        seconds <= 0) {
      throw Error(Errc::unavailable, "oauth2/google: incomplete token received from metadata");
    }
    return {Secret(token.get<std::string>()), now_() + std::chrono::seconds(seconds.get<int>())};
  }

 private:
  std::string host_;
  std::string scope_;
  cloud::Transport& transport_;
  cloud::Now now_;
  Backoff backoff_;
};

}  // namespace

std::optional<std::string> find_metadata_server(const Context& ctx, cloud::Transport& transport,
                                                const std::filesystem::path& product_name) {
  if (auto host = find_env("GCE_METADATA_HOST")) {
    return host;
  }
  if (is_product_of_google(product_name) || answers_as_google(ctx, transport)) {
    return fixed_address;
  }
  return std::nullopt;
}

std::string metadata_universe(const Context& ctx, const std::string& host,
                              cloud::Transport& transport, Backoff backoff) {
  const auto request = metadata_request(host, "/computeMetadata/v1/universe/universe_domain");
  const auto reply = cloud::send_with_retry(ctx, transport, request, policy(backoff));
  // Servers of old know no universes.
  const std::string domain(reply.status == 200 ? trim(reply.body) : std::string_view());
  return universe_domain(Json{{"universe_domain", domain}});
}

TokenSourcePtr make_metadata_source(std::string host, std::string scope,
                                    cloud::Transport& transport, cloud::Now now, Backoff backoff) {
  return std::make_unique<MetadataSource>(std::move(host), std::move(scope), transport,
                                          std::move(now), backoff);
}

}  // namespace dmachine::google

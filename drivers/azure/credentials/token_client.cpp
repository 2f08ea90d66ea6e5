// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/credentials/token_client.hpp"

#include "cloud/scrub.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::azure {

namespace {

using cloud::HttpReply;

bool is_secret_field(const std::string& name) {
  static constexpr std::array<std::string_view, 5> names{"client_secret", "client_assertion",
                                                         "refresh_token", "device_code", "code"};
  return std::ranges::find(names, name) != names.end();
}

/// What would help, by the login server's own number for the fault.
std::string hint_for(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> hints{{
      {"AADSTS7000215", "wanted is the secret's value, not its ID"},
      {"AADSTS7000222", "the client secret has expired: make a new one"},
      {"AADSTS700016", "the client ID is not known in this tenant: check both"},
      {"AADSTS90002", "there is no such tenant: check --azure-tenant-id"},
      {"AADSTS700027", "the certificate is not registered with the application, or has expired"},
  }};
  const auto found = std::ranges::find_if(
      hints, [&](const auto& hint) { return text.find(hint.first) != std::string_view::npos; });
  return found == hints.end() ? std::string() : std::string(found->second);
}

}  // namespace

std::optional<std::int64_t> number_in(const Json& object, std::string_view key) {
  const Json* value = find_member(object, key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_number()) {
    return value->get<std::int64_t>();
  }
  if (!value->is_string()) {
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  const bool is_number = !text.empty() && text.size() < 13 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::optional(static_cast<std::int64_t>(std::stoll(text))) : std::nullopt;
}

TokenClient::TokenClient(cloud::Transport& transport, cloud::Now now, Backoff backoff)
    : transport_(transport), now_(std::move(now)) {
  retry_.backoff = backoff;
  retry_.give_up_after = std::chrono::minutes(1);
}

HttpReply TokenClient::send(const Context& ctx, cloud::HttpRequest request) const {
  struct Wipe {
    std::string& text;
    ~Wipe() { wipe(text); }
  } const wiping{request.body};
  return cloud::send_with_retry(ctx, transport_, request, retry_);
}

Json TokenClient::post(const Context& ctx, const std::string& url, cloud::Form form) const {
  cloud::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = cloud::form_encode(form);
  std::vector<std::string> secrets;
  for (auto& [name, value] : form) {
    if (is_secret_field(name)) {
      secrets.push_back(std::move(value));
    }
  }
  const HttpReply reply = send(ctx, std::move(request));
  if (reply.status < 200 || reply.status > 299) {
    throw refusal(reply, secrets);
  }
  std::ranges::for_each(secrets, wipe);
  Json answer = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) {
    throw Error(Errc::unavailable, "the login server's answer is no JSON object");
  }
  return answer;
}

Grant TokenClient::exchange(const Context& ctx, const std::string& url, cloud::Form form) const {
  return parse(post(ctx, url, std::move(form)));
}

Grant TokenClient::parse(const Json& answer) const {
  Grant grant;
  grant.token.value = Secret(text_of(answer, "access_token"));
  grant.refresh_token = Secret(text_of(answer, "refresh_token"));
  if (grant.token.value.empty()) {
    throw Error(Errc::unavailable, "the login server's answer holds no access token");
  }
  const auto until = number_in(answer, "expires_on");
  const auto life = number_in(answer, "expires_in");
  if (life && *life > 0) {
    grant.token.expires = now() + std::chrono::seconds(std::min<std::int64_t>(*life, 365 * 86400));
  } else if (until) {
    grant.token.expires = cloud::WallClock::from_time_t(static_cast<std::time_t>(*until));
  } else {
    grant.token.expires = now() + std::chrono::hours(1);
  }
  return grant;
}

LoginError refusal(const HttpReply& reply, const std::vector<std::string>& secrets) {
  const bool passes = reply.status >= 500 || reply.status == 408 || reply.status == 429;
  const auto body = cloud::scrub(reply.body, secrets);
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const auto code = text_of(json, "error");
  auto text = text_of(json, "error_description");
  // The first line says it; trace ids and times follow.
  text = text.substr(0, text.find_first_of("\r\n"));
  // Never not_found: that would be read as the cloud's word that a machine is gone.
  return {passes ? Errc::unavailable : Errc::denied,
          text.empty() ? fmt::format("the answer was {}: {}", reply.status, body)
                       : fmt::format("{} ({})", text, code),
          hint_for(text), code};
}

}  // namespace dmachine::azure

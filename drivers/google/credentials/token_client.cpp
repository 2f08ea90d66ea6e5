// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/credentials/token_client.hpp"

#include "cloud/scrub.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::google {

namespace {

using cloud::HttpReply;

/// The status line's words, which Go's oauth2 puts into its error and HTTP/2 no longer sends.
std::string_view reason_phrase(int status) {
  switch (status) {
    case 400:
      return " Bad Request";
    case 401:
      return " Unauthorized";
    case 403:
      return " Forbidden";
    case 404:
      return " Not Found";
    case 405:
      return " Method Not Allowed";
    case 429:
      return " Too Many Requests";
    case 500:
      return " Internal Server Error";
    case 502:
      return " Bad Gateway";
    case 503:
      return " Service Unavailable";
    case 504:
      return " Gateway Timeout";
    default:
      return "";
  }
}

bool is_secret_field(const std::string& name) {
  static constexpr std::array<std::string_view, 4> names{"assertion", "refresh_token",
                                                         "client_secret", "subject_token"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Seconds from now; servers write a number or its text. Nothing when absent or not positive.
std::optional<std::chrono::seconds> lifetime(const Json& reply) {
  const Json* value = find_member(reply, "expires_in");
  long long seconds = 0;
  if (value != nullptr && value->is_number()) {
    seconds = value->get<long long>();
  } else if (value != nullptr && value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    seconds = text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos &&
                      !text.empty()
                  ? std::stoll(text)
                  : 0;
  }
  return seconds > 0 ? std::optional(std::chrono::seconds(std::min(seconds, 365LL * 86400)))
                     : std::nullopt;
}

}  // namespace

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

Grant TokenClient::exchange(const Context& ctx, const std::string& url, cloud::Form form,
                            const cloud::Headers& headers, Wording wording) const {
  cloud::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = headers;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = cloud::form_encode(form);
  std::vector<std::string> secrets;
  for (auto& [name, value] : form) {
    if (is_secret_field(name)) {
      secrets.push_back(std::move(value));
    }
  }
  for (const auto& [name, value] : headers) {
    secrets.push_back(value.substr(value.find(' ') + 1));  // "Basic …"
  }
  const HttpReply reply = send(ctx, std::move(request));
  if (reply.status < 200 || reply.status > 299) {
    throw refusal(reply, wording, secrets);
  }
  std::for_each(secrets.begin(), secrets.end(), wipe);
  return parse(reply, wording);
}

Grant TokenClient::parse(const HttpReply& reply, Wording wording) const {
  const Json json = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  Grant grant;
  grant.token.value = Secret(text_of(json, "access_token"));
  grant.refresh_token = Secret(text_of(json, "refresh_token"));
  const auto life = lifetime(json);
  if (!life && wording == Wording::google) {
    throw Error(Errc::unavailable, "oauth2/google: got invalid expiry from security token service");
  }
  grant.token.expires = now() + life.value_or(std::chrono::hours(1));
  if (grant.token.value.empty()) {
    throw Error(Errc::unavailable, "oauth2: server response missing access_token");
  }
  return grant;
}

Error refusal(const HttpReply& reply, Wording wording, const std::vector<std::string>& secrets) {
  const bool passes = reply.status >= 500 || reply.status == 408 || reply.status == 429;
  const auto body = cloud::scrub(reply.body, secrets);
  // Never not_found: that would be read as the cloud's word that a machine is gone.
  return {passes ? Errc::unavailable : Errc::denied,
          wording == Wording::google
              ? fmt::format("oauth2/google: status code {}: {}", reply.status, body)
              : fmt::format("oauth2: cannot fetch token: {}{}\nResponse: {}", reply.status,
                            reason_phrase(reply.status), body)};
}

}  // namespace dmachine::google

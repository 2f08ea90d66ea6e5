// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "cloud/retry.hpp"
#include "cloud/token.hpp"
#include "cloud/url.hpp"
#include "core/context.hpp"
#include "core/json.hpp"
#include "core/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::azure {

/// What an endpoint that issues tokens answers (RFC 6749, section 5.1).
struct Grant {
  cloud::Token token;
  Secret refresh_token;
};

/// A login server refused.
class LoginError : public Error {
 public:
  LoginError(Errc code, const std::string& message, std::string hint, std::string oauth_code)
      : Error(code, message, std::move(hint)), oauth_code_(std::move(oauth_code)) {}
  const std::string& oauth_code() const { return oauth_code_; }  // "authorization_pending"

 private:
  std::string oauth_code_;
};

/// Talks to login servers and to services that hand out identities. Requests are repeated while
/// they fail for reasons that pass; what is said to a refusal is shown without anything secret.
/// Copies share the transport, which must outlive them.
class TokenClient {
 public:
  TokenClient(cloud::Transport& transport, cloud::Now now, Backoff backoff);

  cloud::WallClock::time_point now() const { return now_(); }

  /// Sends, repeatedly if need be; the body is wiped afterwards. Throws TransportError.
  cloud::HttpReply send(const Context& ctx, cloud::HttpRequest request) const;

  /// Sends with other rules for repeating.
  cloud::HttpReply send_by(const Context& ctx, const cloud::HttpRequest& request,
                           const cloud::RetryPolicy& policy) const {
    return cloud::send_with_retry(ctx, transport_, request, policy);
  }

  /// POSTs a form; the answer's JSON object. Throws LoginError{denied} when it is refused,
  /// Error{unavailable} when the answer makes no sense.
  Json post(const Context& ctx, const std::string& url, cloud::Form form) const;

  /// The same at a token endpoint.
  Grant exchange(const Context& ctx, const std::string& url, cloud::Form form) const;

  /// Reads an answer that holds a token: expires_on (seconds since 1970) or expires_in, as number
  /// or text. Throws Error{unavailable} when there is none.
  Grant parse(const Json& answer) const;

 private:
  cloud::Transport& transport_;
  cloud::Now now_;
  cloud::RetryPolicy retry_;
};

/// A number that servers write as such or as text; nothing when it is neither.
std::optional<std::int64_t> number_in(const Json& object, std::string_view key);

/// The failure that a reply of a service for tokens means; `secrets` were part of the request and
/// may be echoed.
LoginError refusal(const cloud::HttpReply& reply, const std::vector<std::string>& secrets);

}  // namespace dmachine::azure

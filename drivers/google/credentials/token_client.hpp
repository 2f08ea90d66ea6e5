// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "cloud/retry.hpp"
#include "cloud/token.hpp"
#include "cloud/url.hpp"
#include "core/context.hpp"
#include "core/secret.hpp"

#include <string>
#include <vector>

namespace dmachine::google {

/// What an endpoint that issues tokens answers (RFC 6749, section 5.1).
struct Grant {
  cloud::Token token;
  Secret refresh_token;  // empty unless the old one was replaced
};

/// In whose words a refusal is told: x/oauth2 has one text for its own requests and one for those
/// of its Google part.
enum class Wording { oauth2, google };

/// Talks to the endpoints that issue tokens. Requests are repeated while they fail for reasons that
/// pass; what an endpoint says to a refusal is shown without anything secret. Copies share the
/// transport, which must outlive them.
class TokenClient {
 public:
  TokenClient(cloud::Transport& transport, cloud::Now now, Backoff backoff);

  cloud::WallClock::time_point now() const { return now_(); }

  /// Sends, repeatedly if need be; the body is wiped afterwards. Throws TransportError.
  cloud::HttpReply send(const Context& ctx, cloud::HttpRequest request) const;

  /// POSTs a form to a token endpoint; `headers` prove who the client is. Throws Error{denied} when
  /// it is refused, Error{unavailable} when the answer makes no sense.
  Grant exchange(const Context& ctx, const std::string& url, cloud::Form form,
                 const cloud::Headers& headers, Wording wording) const;

 private:
  Grant parse(const cloud::HttpReply& reply, Wording wording) const;

  cloud::Transport& transport_;
  cloud::Now now_;
  cloud::RetryPolicy retry_;
};

/// The failure that a reply of an endpoint for tokens means; `secrets` were part of the request and
/// may be echoed.
Error refusal(const cloud::HttpReply& reply, Wording wording,
              const std::vector<std::string>& secrets);

}  // namespace dmachine::google

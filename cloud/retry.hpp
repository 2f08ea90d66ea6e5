// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "cloud/http.hpp"
#include "core/poll.hpp"

namespace dmachine::cloud {

/// The pause that a Retry-After header asks for (seconds or an HTTP date), seen from `now`; nothing when it is absent
/// or unreadable. Pure.
std::optional<Duration> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);

/// Whether an answer is worth another try; one function per cloud.
using IsTransient = std::function<bool(const HttpReply&)>;

struct RetryPolicy {
  Backoff backoff{Duration(500), std::chrono::seconds(20)};
  Duration give_up_after = std::chrono::minutes(5);
  IsTransient is_transient;
  /// Safe: a request that may have reached the server may be sent again (reads; writes that carry a request id or token).
  enum class Repeat { safe, only_if_not_sent } repeat = Repeat::safe;
};

/// Sends until there is an answer that is not transient or the policy gives up; then the last answer is returned, or the last
/// TransportError thrown. Retry-After is a floor to the pause. Certificate failures are never retried.
HttpReply send_with_retry(const Context& ctx, Transport& transport, const HttpRequest& request,
                          const RetryPolicy& policy);

}  // namespace dmachine::cloud

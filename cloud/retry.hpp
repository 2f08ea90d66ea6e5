// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/poll.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace dmachine::cloud {

/// The pause that a Retry-After header asks for (seconds or an HTTP date), seen from `now`; nothing
/// when it is absent or unreadable. A date that has passed is a pause of zero. Pure. Source: RFC
/// 9110, sections 10.2.3 and 5.6.7.
std::optional<Duration> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);

/// Whether an answer is worth another try; one function per cloud.
using IsTransient = std::function<bool(const HttpReply&)>;

/// What every HTTP service means by "later": 408, 429, 500, 502, 503, 504.
bool is_transient_status(const HttpReply& reply);

struct RetryPolicy {
  Backoff backoff{Duration(500), std::chrono::seconds(20)};
  Duration give_up_after = std::chrono::minutes(5);
  unsigned most_tries = 1000;
  IsTransient is_transient = is_transient_status;
  /// safe: a request that may have reached the server may be sent again (reads; writes that carry a
  /// request id or token). only_if_not_sent: it is sent again when it never got there, or when it
  /// was refused undone (a transient status below 500).
  enum class Repeat { safe, only_if_not_sent } repeat = Repeat::safe;
};

/// The pause before try `attempt` + 1 (from 0): at random between nothing and the grown back-off
/// ("full jitter"), and never less than `retry_after`, even where that lies above the cap. `random`
/// lies in [0, 1). Pure.
Duration retry_pause(const Backoff& backoff, unsigned attempt, std::optional<Duration> retry_after,
                     double random);

/// Sends until there is an answer that is not transient or the policy gives up; then the last
/// answer is returned, or the last TransportError thrown. It gives up without waiting when the next
/// try would come too late for the policy or the context. Retry-After is a floor to the pause.
/// Certificate failures (Errc::denied) are never retried.
HttpReply send_with_retry(const Context& ctx, Transport& transport, const HttpRequest& request,
                          const RetryPolicy& policy);

}  // namespace dmachine::cloud

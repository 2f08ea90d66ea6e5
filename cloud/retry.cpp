// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/retry.hpp"

#include "cloud/http_date.hpp"
#include "cloud/http_log.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "core/work.hpp"

#include <algorithm>
#include <charconv>

namespace dmachine::cloud {

namespace {

/// Longest pause that is taken seriously; also keeps the arithmetic from overflowing.
constexpr auto longest = std::chrono::hours(24 * 365);

std::optional<Duration> pause_asked_for(const HttpReply& reply) {
  const auto value = reply.header("Retry-After");
  if (!value) {
    return std::nullopt;
  }
  const auto now = std::chrono::system_clock::now();
  return parse_retry_after(*value, std::chrono::floor<std::chrono::seconds>(now));
}

bool may_repeat(const RetryPolicy& policy, const HttpReply& reply) {
  return policy.is_transient && policy.is_transient(reply) &&
         (policy.repeat == RetryPolicy::Repeat::safe || reply.status < 500);
}

bool may_repeat(const RetryPolicy& policy, const TransportError& failure) {
  return failure.code() != Errc::denied &&
         (policy.repeat == RetryPolicy::Repeat::safe || !failure.maybe_sent());
}

/// Counts tries and decides whether there is time for another.
class Tries {
 public:
  Tries(const Context& ctx, const RetryPolicy& policy)
      : ctx_(ctx), policy_(policy), end_(Clock::now() + policy.give_up_after) {}

  /// Waits before the next try; false when it would come too late.
  bool wait(std::optional<Duration> retry_after, std::string_view why) {
    const auto pause = retry_pause(policy_.backoff, attempt_, retry_after, random_fraction());
    if (++attempt_ >= policy_.most_tries || Clock::now() + pause >= end_ ||
        pause >= ctx_.remaining(longest)) {
      return false;
    }
    log::debug("{}; trying again in {} ms", why, pause.count());
    ctx_.sleep(pause);
    count_retry();
    return true;
  }

 private:
  const Context& ctx_;
  const RetryPolicy& policy_;
  Clock::time_point end_;
  unsigned attempt_ = 0;
};

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
  value = trim(value);
  if (value.empty()) {
    return std::nullopt;
  }
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    constexpr long long most = std::chrono::seconds(longest).count();
    long long seconds = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    return std::chrono::seconds(failure == std::errc{} ? std::min(seconds, most) : most);
  }
  const auto date = parse_http_date(value);
  if (!date) {
    return std::nullopt;
  }
  return std::clamp<Duration>(*date - now, Duration::zero(), longest);
}

bool is_transient_status(const HttpReply& reply) {
  switch (reply.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

Duration retry_pause(const Backoff& backoff, unsigned attempt, std::optional<Duration> retry_after,
                     double random) {
  auto whole = backoff.first;
  for (unsigned i = 0; i < attempt && whole < backoff.most; ++i) {
    whole *= 2;
  }
  whole = std::min(whole, backoff.most);
  const auto spread = [&](Duration time) {
    return Duration(static_cast<Duration::rep>(static_cast<double>(time.count()) * random));
  };
  // Clients that were told the same moment must not all come back in it.
  return retry_after ? std::max(spread(whole), *retry_after + spread(backoff.first))
                     : spread(whole);
}

HttpReply send_with_retry(const Context& ctx, Transport& transport, const HttpRequest& request,
                          const RetryPolicy& policy) {
  Tries tries(ctx, policy);
  for (;;) {
    try {
      HttpReply reply = transport.send(ctx, request);
      if (!may_repeat(policy, reply) ||
          !tries.wait(pause_asked_for(reply),
                      fmt::format("{} was answered {}", loggable_url(request.url), reply.status))) {
        return reply;
      }
    } catch (const TransportError& failure) {
      if (!may_repeat(policy, failure) || !tries.wait(std::nullopt, failure.what())) {
        throw;
      }
    }
  }
}

}  // namespace dmachine::cloud

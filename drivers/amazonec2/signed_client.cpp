// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/signed_client.hpp"

#include "cloud/http_date.hpp"
#include "cloud/retry.hpp"
#include "core/log.hpp"
#include "drivers/amazonec2/api_error.hpp"

#include <algorithm>
#include <cstdlib>

namespace dmachine::amazonec2 {

namespace {

constexpr unsigned least_throttle_tries = 10;
constexpr std::int64_t tolerated_skew = 4 * 60;

/// Signs each try when it leaves: a signature is good for five minutes, and tries may take as long.
class SigningTransport final : public cloud::Transport {
 public:
  using Prepare = std::function<void(cloud::HttpRequest&)>;

  SigningTransport(cloud::Transport& inner, const SignedClient::Options& options, unsigned retries,
                   Prepare prepare)
      : inner_(inner), options_(options), retries_(retries), prepare_(std::move(prepare)) {}

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    if (options_.before_send) {
      options_.before_send();
    }
    auto whole = request;
    prepare_(whole);
    try {
      return inner_.send(
          options_.shielded ? ctx.shielded(request.timeout + request.connect_timeout) : ctx, whole);
    } catch (const cloud::TransportError& failure) {
      if (failures_++ >= retries_) {
        throw Error(failure.code(), failure.what(), failure.hint());
      }
      throw;
    }
  }

 private:
  cloud::Transport& inner_;
  const SignedClient::Options& options_;
  unsigned retries_;
  Prepare prepare_;
  unsigned failures_ = 0;
};

}  // namespace

void sign(cloud::HttpRequest& request, const cloud::AwsCredentials& keys, const ServicePlace& place,
          cloud::WallClock::time_point when) {
  auto headers = cloud::sigv4_headers(request, keys, {place.region, place.service},
                                      std::chrono::floor<std::chrono::seconds>(when));
  std::move(headers.begin(), headers.end(), std::back_inserter(request.headers));
}

SignedClient::SignedClient(cloud::Transport& transport, KeyChain& keys, ServicePlace place,
                           Persistence persistence, cloud::Now now)
    : transport_(transport),
      keys_(keys),
      place_(std::move(place)),
      persistence_(persistence),
      now_(std::move(now)) {}

cloud::WallClock::time_point SignedClient::aws_time() const {
  return now_() + std::chrono::seconds(skew_seconds_.load());
}

/// `assumed`: what the refused request was signed with. Another thread may know better by now.
bool SignedClient::learn_skew(const cloud::HttpReply& reply, std::int64_t assumed) {
  if (skew_seconds_ != assumed) {
    return true;
  }
  const auto date = reply.header("Date");
  const auto theirs = date ? cloud::parse_http_date(*date) : std::nullopt;
  if (!theirs) {
    return false;
  }
  const auto ours = std::chrono::floor<std::chrono::seconds>(aws_time());
  if (std::abs((*theirs - ours).count()) <= tolerated_skew) {
    return false;
  }
  const auto skew = *theirs - std::chrono::floor<std::chrono::seconds>(now_());
  log::warn("This machine's clock differs from that of AWS by {} s", skew.count());
  skew_seconds_ = skew.count();
  return true;
}

cloud::HttpReply SignedClient::exchange(const Context& ctx, const cloud::HttpRequest& request,
                                        const Options& options, const cloud::AwsCredentials& keys) {
  SigningTransport signing(transport_, options, persistence_.retries,
                           [&](cloud::HttpRequest& one) { sign(one, keys, place_, aws_time()); });
  unsigned refused = 0;
  unsigned throttled = 0;
  cloud::RetryPolicy policy;
  policy.backoff = persistence_.backoff;
  policy.give_up_after = persistence_.give_up_after;
  policy.is_transient = [&](const cloud::HttpReply& reply) {
    if (!is_transient(reply) || persistence_.retries == 0) {
      return false;
    }
    return is_throttle(reply) ? throttled++ < std::max(persistence_.retries, least_throttle_tries)
                              : refused++ < persistence_.retries;
  };
  return cloud::send_with_retry(ctx, signing, request, policy);
}

cloud::HttpReply SignedClient::send(const Context& ctx, const std::string& action,
                                    cloud::HttpRequest request, const Options& options) {
  request.timeout = options.timeout;
  for (bool knows_skew = false;;) {
    const auto keys = keys_.keys(ctx);
    const auto assumed_skew = skew_seconds_.load();
    auto reply = exchange(ctx, request, options, keys);
    log::debug("{} {}: {}", place_.service, action, reply.status);
    if (reply.status >= 200 && reply.status <= 299) {
      return reply;
    }
    const ApiError error = parse_api_error(reply);
    if (!knows_skew && is_maybe_skew(error.api_code()) && learn_skew(reply, assumed_skew)) {
      knows_skew = true;
      continue;
    }
    if (is_key_refusal(error.api_code()) && keys_.replace(ctx, keys)) {
      continue;
    }
    throw error;
  }
}

}  // namespace dmachine::amazonec2

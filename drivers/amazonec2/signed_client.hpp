// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "cloud/sigv4.hpp"
#include "cloud/token.hpp"
#include "core/poll.hpp"
#include "drivers/amazonec2/credentials.hpp"
#include "drivers/amazonec2/endpoint.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace dmachine::amazonec2 {

/// Signs it for that moment; once per request.
void sign(cloud::HttpRequest& request, const cloud::AwsCredentials& keys, const ServicePlace& place,
          cloud::WallClock::time_point when);

/// How long failing requests are tried again.
struct Persistence {
  Backoff backoff{Duration(500), std::chrono::seconds(20)};
  Duration give_up_after = std::chrono::minutes(5);
  /// Tries after the first (--amazonec2-retries). Throttled requests get ten at least: 100 creates
  /// at once share one quota. 0: never.
  unsigned retries = 5;
};

/// Sends signed requests to one service of one region, whatever protocol it speaks. May be used by
/// several threads.
class SignedClient {
 public:
  using BeforeSend = std::function<void()>;

  struct Options {
    Duration timeout = std::chrono::seconds(60);
    /// Not cut by a stop once it is on its way; the context is asked before each try.
    bool shielded = false;
    BeforeSend before_send{};  // before each time that it leaves
  };

  /// The references must outlive the client.
  SignedClient(cloud::Transport& transport, KeyChain& keys, ServicePlace place,
               Persistence persistence, cloud::Now now);

  /// The answer, a success. Each try is signed anew. Refused keys are replaced where the chain has
  /// others, and a clock that differs from AWS's by more than four minutes is allowed for. `action`
  /// is for the log. Throws ApiError for an answer other than success, Error when there is none,
  /// and as the context does.
  cloud::HttpReply send(const Context& ctx, const std::string& action, cloud::HttpRequest request,
                        const Options& options);

  const ServicePlace& place() const { return place_; }

 private:
  cloud::HttpReply exchange(const Context& ctx, const cloud::HttpRequest& request,
                            const Options& options, const cloud::AwsCredentials& keys);
  bool learn_skew(const cloud::HttpReply& reply, std::int64_t assumed);
  cloud::WallClock::time_point aws_time() const;

  cloud::Transport& transport_;
  KeyChain& keys_;
  ServicePlace place_;
  Persistence persistence_;
  cloud::Now now_;
  std::atomic<std::int64_t> skew_seconds_{0};
};

}  // namespace dmachine::amazonec2

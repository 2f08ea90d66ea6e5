// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_exchange.hpp"

#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine::test {

/// A Transport with a script: requests must come exactly as expected, in that order, and no others;
/// what is wrong, missing or left over fails the test when the transport goes. Safe to use from
/// several threads.
///
///   MemoryTransport cloud;
///   cloud.expect("GET", "https://host/path").header("Authorization", "Bearer t").reply(200,
///   R"({"name": "x"})"); cloud.expect("POST",
///   "https://host/path?requestId={uuid}").json(R"({"name": "y"})").fail(Errc::unavailable,
///   "reset", true);
class MemoryTransport final : public cloud::Transport {
 public:
  MemoryTransport() = default;
  ~MemoryTransport() override { finish(); }
  MemoryTransport(const MemoryTransport&) = delete;
  MemoryTransport& operator=(const MemoryTransport&) = delete;

  /// Adds an exchange to the end of the script. `{uuid}` in the URL stands for any UUID.
  /// The request must have no body unless the exchange says which. The reply is 200 with no body
  /// unless it says so.
  Exchange& expect(std::string method, std::string url) {
    const std::lock_guard lock(mutex_);
    return script_.emplace_back(std::move(method), std::move(url));
  }

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    std::unique_lock lock(mutex_);
    requests_.push_back(request);
    const std::string shown = request.method + " " + request.url;
    if (next_ == script_.size()) {
      problems_.push_back("unexpected request: " + shown);
      throw std::logic_error(problems_.back());
    }
    Exchange& exchange = script_[next_++];
    const auto differences = exchange.differences(request);
    if (!differences.empty()) {
      for (const auto& difference : differences) {
        problems_.push_back(shown + ": " + difference);
      }
      throw std::logic_error(problems_.back());
    }
    const auto answer = exchange.answer();
    lock.unlock();
    return answer(ctx, request);
  }

  /// Everything that was sent, in order.
  std::vector<cloud::HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// Reports what went wrong and what was not asked for; called at the end of life at the latest.
  void finish() {
    const std::lock_guard lock(mutex_);
    for (const auto& problem : std::exchange(problems_, {})) {
      FAIL_CHECK(problem);
    }
    // After another failure the rest of the script is only noise.
    for (; next_ < script_.size() && std::uncaught_exceptions() == 0; ++next_) {
      FAIL_CHECK("expected request never came: " << script_[next_].shown());
    }
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Exchange> script_;  // references to its elements stay valid
  std::size_t next_ = 0;
  std::vector<cloud::HttpRequest> requests_;
  std::vector<std::string> problems_;
};

}  // namespace dmachine::test

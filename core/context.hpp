// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/stop.hpp"

#include <chrono>
#include <optional>

namespace dmachine {

using Clock = std::chrono::steady_clock;
using Duration = std::chrono::milliseconds;

/// How long work may wait and who may stop it: the first parameter of everything that can block.
class Context {
 public:
  Context() = default;  // no deadline, never stopped
  explicit Context(StopToken stop) : stop_(std::move(stop)) {}

  /// The same with a deadline `limit` from now at the latest. Can only shorten.
  Context within(Duration limit) const;

  /// For one request that must not be cut in the middle (its answer names something that costs
  /// money): deaf to the stop, ends `limit` from now even where this context would end earlier.
  Context shielded(Duration limit) const;

  /// Throws Cancelled when a stop was requested, Error{timeout} when the deadline has passed.
  void check() const;

  /// Waits. Returns after `time`; throws as `check` does, as soon as there is a reason.
  void sleep(Duration time) const;

  bool stop_requested() const { return stop_.stop_requested(); }
  bool has_deadline() const { return deadline_.has_value(); }

  /// Time left, never negative; `if_none` when there is no deadline.
  Duration remaining(Duration if_none = std::chrono::hours(24)) const;

  /// Waits until `fd` is ready for `events` (POLLIN, POLLOUT, …) at most `limit` long. False when
  /// the limit passed first. Throws as `check` does.
  bool wait_fd(int fd, short events, Duration limit) const;

  const StopToken& stop_token() const { return stop_; }

 private:
  StopToken stop_;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace dmachine

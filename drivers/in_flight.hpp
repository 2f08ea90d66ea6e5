// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/token.hpp"
#include "core/context.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace dmachine {

/// How long a request without an answer, sent at `sent_at` (seconds since 1970; 0: never), may
/// still take effect: its sender was killed, for example. `limit` is what a request takes at most.
/// Pure.
inline Duration left_in_flight(std::int64_t sent_at, cloud::WallClock::time_point now,
                               Duration limit) {
  const auto since_sent = now - cloud::WallClock::from_time_t(sent_at);
  return sent_at == 0 ? Duration::zero()
                      : std::clamp(limit - std::chrono::duration_cast<Duration>(since_sent),
                                   Duration::zero(), limit);
}

}  // namespace dmachine

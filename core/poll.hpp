// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"

#include <optional>
#include <string>
#include <type_traits>

namespace dmachine {

/// Growing pauses between tries: `first`, doubled each time up to `most`, each spread at random
/// over its upper half so that a hundred processes started together drift apart.
struct Backoff {
  Duration first;
  Duration most;

  /// The pause after the `attempt`-th failure (from 0). `random` lies in [0, 1). Pure.
  Duration delay(unsigned attempt, double random) const;
};

/// A number in [0, 1) from the system's generator, for `Backoff::delay`.
double random_fraction();

/// Asks again and again, with the pauses of `backoff`, until `ask` gives a value. Throws what `ask`
/// throws, Cancelled, or Error{timeout} `timed out waiting for WHAT` at the context's deadline.
template <typename Ask>
auto poll(const Context& ctx, const std::string& what, Backoff backoff, Ask&& ask) ->
    typename std::invoke_result_t<Ask>::value_type {
  bool last = false;
  for (unsigned attempt = 0;; ++attempt) {
    if (auto found = ask()) {
      return *std::move(found);
    }
    if (last || (ctx.has_deadline() && ctx.remaining() == Duration::zero())) {
      throw Error(Errc::timeout, "timed out waiting for " + what);
    }
    auto pause = backoff.delay(attempt, random_fraction());
    // The last pause ends just before the deadline, and is followed by one last look, also where a
    // busy machine wakes us late.
    if (ctx.has_deadline() && pause >= ctx.remaining()) {
      pause = ctx.remaining() - Duration(1);
      last = true;
    }
    try {
      ctx.sleep(pause);
    } catch (const Error& error) {
      if (error.code() != Errc::timeout) {
        throw;
      }
      last = true;
    }
  }
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/list.hpp"

#include <atomic>
#include <string>

/// One row of `ls`: what is asked, in which order, and what its cells say.
namespace dmachine::machine {

/// Hands out the time until a deadline so that machines which hang leave enough of it to those
/// behind them. Thread-safe.
class Turns {
 public:
  explicit Turns(std::size_t machines);

  /// For the next machine. Where each has a thread of its own, each has all the time.
  Context next(const Context& ctx);
  bool crowded() const { return crowded_; }

 private:
  std::atomic<std::size_t> left_;
  bool crowded_;
};

/// What all rows of one listing share.
struct Listing {
  Context ctx;  // with the deadline
  Duration timeout;
  std::string docker_host;
};

/// Asks one machine, or takes the cloud's `answer` where it has been asked (null: nobody was), and
/// its engine. Throws Cancelled, and whatever odd content of its file makes others throw.
ListItem ask_row(const Listing& listing, Turns& turns, Machine& machine, const StateAnswer* answer);

/// For a machine that could not be asked.
ListItem failed_row(const Machine& machine, const std::string& why);

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine {

/// What some work has cost so far: requests to clouds, and time by phase. Thread-safe.
class Tally {
 public:
  struct Counts {
    std::uint64_t calls = 0;    // HTTP requests to a cloud, repeated ones included
    std::uint64_t retries = 0;  // those that were repeated after a failure or a "later"
    std::vector<std::pair<std::string, Duration>> phases{};  // in the order in which they ended
  };

  void count_call();
  void count_retry();
  /// More time for a phase; one that is told several times adds up.
  void add_time(std::string_view phase, Duration time);
  Counts counts() const;

 private:
  mutable std::mutex mutex_;
  Counts counts_;
};

/// What a thread works for. parallel_map hands it on to its threads.
struct ThreadWork {
  Tally* tally = nullptr;
  /// Information, warning and error lines are debug lines: for what nobody asked for.
  bool quiet = false;
};
ThreadWork current_work();

/// The thread works for this, for the time of a block.
class WorkScope {
 public:
  explicit WorkScope(ThreadWork work);
  ~WorkScope();
  WorkScope(const WorkScope&) = delete;
  WorkScope& operator=(const WorkScope&) = delete;

 private:
  ThreadWork before_;
};

/// For the thread's tally; nothing when it has none.
void count_call();
void count_retry();
void add_time(std::string_view phase, Duration time);

/// Adds the time of a block to the phase, however it is left.
class PhaseTimer {
 public:
  explicit PhaseTimer(std::string_view phase) : phase_(phase) {}
  ~PhaseTimer() { add_time(phase_, std::chrono::duration_cast<Duration>(Clock::now() - begin_)); }
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  std::string phase_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace dmachine

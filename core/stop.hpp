// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace dmachine {

/// The receiving end of a request to stop. Copies share one request. Thread-safe.
/// (std::stop_token cannot wake a poll(2); this one has a descriptor for it.)
class StopToken {
 public:
  StopToken() = default;  // never stops

  bool stop_requested() const;

  /// Readable once a stop was requested; -1 for a token that never stops. Only for poll(2).
  int fd() const;

 private:
  friend class StopSource;
  struct State;
  explicit StopToken(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// The asking end. Throws Error{internal} when no descriptor can be had.
class StopSource {
 public:
  StopSource();
  StopToken token() const { return StopToken(state_); }
  void request_stop();

 private:
  std::shared_ptr<StopToken::State> state_;
};

}  // namespace dmachine

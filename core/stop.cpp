// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/stop.hpp"

#include "core/error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace dmachine {

struct StopToken::State {
  State() : fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd < 0) {
      throw system_error("eventfd", errno);
    }
  }
  ~State() { close(fd); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::atomic<bool> requested{false};
  int fd;
};

bool StopToken::stop_requested() const {
  return state_ && state_->requested.load();
}

int StopToken::fd() const {
  return state_ ? state_->fd : -1;
}

StopSource::StopSource() : state_(std::make_shared<StopToken::State>()) {}

void StopSource::request_stop() {
  state_->requested.store(true);
  const std::uint64_t one = 1;
  // The counter only ever grows, so the descriptor stays readable for every waiter.
  [[maybe_unused]] const auto written = write(state_->fd, &one, sizeof one);
}

}  // namespace dmachine

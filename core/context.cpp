// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/context.hpp"

#include "core/error.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace dmachine {

using std::chrono::duration_cast;

Context Context::within(Duration limit) const {
  Context narrowed = *this;
  const auto end = Clock::now() + limit;
  narrowed.deadline_ = deadline_ ? std::min(*deadline_, end) : end;
  return narrowed;
}

Context Context::shielded(Duration limit) const {
  return Context().within(limit);
}

void Context::check() const {
  if (stop_.stop_requested()) {
    throw Cancelled();
  }
  if (deadline_ && Clock::now() >= *deadline_) {
    throw Error(Errc::timeout, "timed out");
  }
}

Duration Context::remaining(Duration if_none) const {
  if (!deadline_) {
    return if_none;
  }
  const auto left = std::chrono::ceil<Duration>(*deadline_ - Clock::now());
  return std::max(left, Duration::zero());
}

bool Context::wait_fd(int fd, short events, Duration limit) const {
  const auto end = Clock::now() + limit;
  for (;;) {
    check();
    std::array<pollfd, 2> watched{{{fd, events, 0}, {stop_.fd(), POLLIN, 0}}};
    auto wait = std::min(std::chrono::ceil<Duration>(end - Clock::now()), remaining(limit));
    wait = std::clamp(wait, Duration::zero(), Duration(std::chrono::minutes(1)));
    const int ready = poll(watched.data(), watched.size(), static_cast<int>(wait.count()));
    if (ready < 0 && errno != EINTR) {
      throw system_error("poll", errno);
    }
    if (ready > 0 && watched[0].revents != 0) {
      return true;
    }
    check();
    if (Clock::now() >= end) {
      return false;
    }
  }
}

void Context::sleep(Duration time) const {
  if (time > Duration::zero()) {
    wait_fd(-1, 0, time);
  } else {
    check();
  }
}

}  // namespace dmachine

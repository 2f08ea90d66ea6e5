// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/context.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "tests/support/catch.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <thread>

using namespace dmachine;
using namespace std::chrono_literals;

namespace {

/// Far longer than any test may take, so that only a wake-up ends it.
constexpr Duration for_ever = 5min;

Errc failure_of(const Context& ctx) {
  try {
    ctx.sleep(for_ever);
  } catch (const Error& error) {
    return error.code();
  }
  return Errc::internal;
}

}  // namespace

TEST_CASE("a stop wakes every sleeper at once") {
  StopSource source;
  const Context ctx = Context(source.token()).within(for_ever);
  std::thread asker([&] { source.request_stop(); });
  std::thread other([&] { CHECK_THROWS_AS(ctx.sleep(for_ever), Cancelled); });
  const auto begin = Clock::now();
  CHECK_THROWS_AS(ctx.sleep(for_ever), Cancelled);
  CHECK_THROWS_AS(ctx.wait_fd(-1, POLLIN, for_ever), Cancelled);
  CHECK_THROWS_AS(ctx.check(), Cancelled);
  CHECK_THROWS_AS(ctx.sleep(0ms), Cancelled);
  CHECK(ctx.stop_requested());
  CHECK(Clock::now() - begin < 10s);
  asker.join();
  other.join();
}

TEST_CASE("a deadline ends a sleep with a timeout") {
  const Context ctx = Context().within(5ms);
  CHECK(failure_of(ctx) == Errc::timeout);
  CHECK_THROWS_AS(ctx.check(), Error);
  CHECK(ctx.remaining() == 0ms);
}

TEST_CASE("a deadline can only be brought forward") {
  const Context ctx = Context().within(1h);
  CHECK(ctx.within(2h).remaining() <= 1h);
  CHECK(ctx.within(1min).remaining() <= 1min);
  CHECK(ctx.within(1min).remaining() > 30s);
  CHECK_FALSE(Context().has_deadline());
  CHECK(Context().remaining(7s) == 7s);
  CHECK(ctx.has_deadline());
}

TEST_CASE("a shielded context is deaf to the stop and has its own deadline") {
  StopSource source;
  const Context ctx = Context(source.token()).within(0ms);
  source.request_stop();
  const Context shielded = ctx.shielded(5ms);
  CHECK_NOTHROW(shielded.check());
  CHECK(failure_of(shielded) == Errc::timeout);
}

TEST_CASE("waiting for a descriptor tells ready from late") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const Fd reading(ends[0]);
  const Fd writing(ends[1]);
  const Context ctx;
  CHECK_FALSE(ctx.wait_fd(reading.get(), POLLIN, 1ms));
  CHECK(ctx.wait_fd(writing.get(), POLLOUT, for_ever));
  REQUIRE(write(writing.get(), "x", 1) == 1);
  CHECK(ctx.wait_fd(reading.get(), POLLIN, for_ever));
  CHECK(ctx.wait_fd(reading.get(), POLLIN, 0ms));
}

TEST_CASE("sleeping without a stop or deadline just waits") {
  const auto begin = Clock::now();
  Context().sleep(3ms);
  CHECK(Clock::now() - begin >= 3ms);
}

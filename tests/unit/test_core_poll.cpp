// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/parallel.hpp"
#include "core/poll.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <set>
#include <thread>

using namespace dmachine;
using namespace std::chrono_literals;

namespace {

constexpr Backoff quick{1ms, 2ms};

template <typename Work>
std::string timeout_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    CHECK(error.code() == Errc::timeout);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("poll asks until there is an answer") {
  int asked = 0;
  const int answer = poll(Context(), "an answer", quick,
                          [&] { return ++asked == 4 ? std::optional(42) : std::nullopt; });
  CHECK(answer == 42);
  CHECK(asked == 4);
}

TEST_CASE("poll asks at once, also when the time is up") {
  CHECK(poll(Context().within(0ms), "an answer", quick, [] { return std::optional(1); }) == 1);
}

TEST_CASE("poll names what it waited for in vain, however the deadline is met") {
  for (int i = 0; i < 50; ++i) {
    int asked = 0;
    CHECK(timeout_of([&] {
            poll(Context().within(Duration(i % 5)), "the moon", quick, [&] {
              ++asked;
              return std::optional<int>();
            });
          }) == "timed out waiting for the moon");
    CHECK(asked > 0);
  }
}

TEST_CASE("poll hands on what asking throws") {
  CHECK_THROWS_AS(
      poll(Context(), "x", quick, []() -> std::optional<int> { throw Error(Errc::denied, "no"); }),
      Error);
}

TEST_CASE("poll looks once more just before the deadline") {
  // The second pause alone would be a minute.
  int asked = 0;
  timeout_of([&] {
    poll(Context().within(50ms), "x", Backoff{60s, 60s}, [&] {
      ++asked;
      return std::optional<int>();
    });
  });
  CHECK(asked >= 2);
}

TEST_CASE("pauses double up to the most, over the upper half by chance") {
  const Backoff backoff{100ms, 1s};
  const std::vector<std::pair<unsigned, Duration>> whole{
      {0, 100ms}, {1, 200ms}, {2, 400ms}, {3, 800ms}, {4, 1s}, {5, 1s}, {1000000, 1s}};
  for (const auto& [attempt, most] : whole) {
    INFO(attempt);
    CHECK(backoff.delay(attempt, 0) == most / 2);
    CHECK(backoff.delay(attempt, 0.5) == most * 3 / 4);
    CHECK(backoff.delay(attempt, 0.999999) < most);
  }
  CHECK(Backoff{5s, 1s}.delay(0, 0.5) == 750ms);  // the most counts from the start
}

TEST_CASE("random fractions lie in [0, 1) and differ") {
  std::set<double> seen;
  for (int i = 0; i < 1000; ++i) {
    const double fraction = random_fraction();
    CHECK((fraction >= 0 && fraction < 1));
    seen.insert(fraction);
  }
  CHECK(seen.size() > 990);
}

TEST_CASE("parallel work gives results in the order of the items") {
  std::vector<int> items(500);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i] = static_cast<int>(i);
  }
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  const auto squares = parallel_map(items, 4, [&](int item) {
    const int now = ++running;
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
    std::this_thread::yield();
    --running;
    return item * item;
  });
  CHECK(squares.size() == items.size());
  for (std::size_t i = 0; i < squares.size(); ++i) {
    CHECK(squares[i] == items[i] * items[i]);
  }
  CHECK(most <= 4);
  CHECK(parallel_map(std::vector<int>{}, 4, [](int) { return 1; }).empty());
  CHECK(parallel_map(std::vector<int>{7}, 0, [](int item) { return item; }) == std::vector<int>{7});
}

TEST_CASE("parallel work tries every item and then throws the first failure in their order") {
  std::atomic<int> worked{0};
  const auto work = [&](int item) -> int {
    ++worked;
    if (item % 2 == 1) {
      throw Error(Errc::denied, std::to_string(item));
    }
    return item;
  };
  CHECK_THROWS_WITH(parallel_map(std::vector<int>{0, 2, 3, 4, 5, 6, 7}, 3, work), "3");
  CHECK(worked == 7);
}

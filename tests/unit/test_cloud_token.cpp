// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/token.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <numeric>

using namespace std::chrono_literals;
using dmachine::Context;
using dmachine::Errc;
using dmachine::Error;
using dmachine::Secret;
using dmachine::cloud::CachedToken;
using dmachine::cloud::Token;
using dmachine::cloud::TokenSource;
using dmachine::cloud::WallClock;

namespace {

/// Gives token-1, token-2, … that last for `life`.
class Counting final : public TokenSource {
 public:
  Counting(int& fetched, WallClock::time_point& now, std::chrono::seconds life)
      : fetched_(fetched), now_(now), life_(life) {}
  Token fetch(const Context& /*ctx*/) override {
    ++fetched_;
    return {Secret("token-" + std::to_string(fetched_)), now_ + life_};
  }

 private:
  int& fetched_;
  WallClock::time_point& now_;
  std::chrono::seconds life_;
};

class Refusing final : public TokenSource {
 public:
  Token fetch(const Context& /*ctx*/) override { throw Error(Errc::denied, "no"); }
};

}  // namespace

TEST_CASE("A token is kept until shortly before its end") {
  int fetched = 0;
  WallClock::time_point now{};
  CachedToken cached(std::make_unique<Counting>(fetched, now, 3600s), 225s, [&] { return now; });
  CHECK(cached.fetch(Context()).value.reveal() == "token-1");
  now += 3374s;
  CHECK(cached.fetch(Context()).value.reveal() == "token-1");
  now += 1s;
  CHECK(cached.fetch(Context()).value.reveal() == "token-2");
  CHECK(fetched == 2);
}

TEST_CASE("A token shorter than the margin is used for what it was fetched for") {
  int fetched = 0;
  WallClock::time_point now{};
  CachedToken cached(std::make_unique<Counting>(fetched, now, 5s), 225s, [&] { return now; });
  CHECK(cached.fetch(Context()).value.reveal() == "token-1");
  CHECK(cached.fetch(Context()).value.reveal() == "token-2");
}

TEST_CASE("A refused token is forgotten once, however many were refused with it") {
  int fetched = 0;
  WallClock::time_point now{};
  CachedToken cached(std::make_unique<Counting>(fetched, now, 3600s), 10s, [&] { return now; });
  const auto first = cached.fetch(Context()).value;
  cached.forget(first);
  CHECK(cached.fetch(Context()).value.reveal() == "token-2");
  cached.forget(first);
  CHECK(cached.fetch(Context()).value.reveal() == "token-2");
}

TEST_CASE("Threads that want a token at once share one fetch") {
  int fetched = 0;
  WallClock::time_point now{};
  CachedToken cached(std::make_unique<Counting>(fetched, now, 3600s), 10s, [&] { return now; });
  std::vector<int> items(50);
  std::iota(items.begin(), items.end(), 0);
  for (const auto& value : dmachine::parallel_map(
           items, 8, [&](const int&) { return cached.fetch(Context()).value.reveal(); })) {
    CHECK(value == "token-1");
  }
  CHECK(fetched == 1);
}

TEST_CASE("A failed fetch is not kept") {
  CachedToken cached(std::make_unique<Refusing>(), 10s);
  CHECK_THROWS_AS(cached.fetch(Context()), Error);
  CHECK_THROWS_AS(cached.fetch(Context()), Error);
}

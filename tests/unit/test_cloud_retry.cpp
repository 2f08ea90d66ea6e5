// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_date.hpp"
#include "cloud/retry.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_transport.hpp"

#include <vector>

using namespace std::chrono_literals;
using dmachine::Backoff;
using dmachine::Cancelled;
using dmachine::Clock;
using dmachine::Context;
using dmachine::Duration;
using dmachine::Errc;
using dmachine::StopSource;
using dmachine::cloud::HttpReply;
using dmachine::cloud::HttpRequest;
using dmachine::cloud::parse_retry_after;
using dmachine::cloud::retry_pause;
using dmachine::cloud::RetryPolicy;
using dmachine::cloud::send_with_retry;
using dmachine::cloud::TransportError;
using dmachine::test::MemoryTransport;

namespace {

constexpr auto now = std::chrono::sys_seconds(784111770s);  // Sun, 06 Nov 1994 08:49:30 GMT

RetryPolicy quick(RetryPolicy::Repeat repeat = RetryPolicy::Repeat::safe) {
  RetryPolicy policy;
  policy.backoff = Backoff{1ms, 2ms};
  policy.repeat = repeat;
  return policy;
}

const HttpRequest request{"GET", "https://cloud.test/x", {}, {}};

}  // namespace

TEST_CASE("Retry-After is read as seconds or as a date") {
  struct Case {
    const char* value;
    std::optional<Duration> pause;
  };
  const std::vector<Case> cases{
      {"0", 0ms},
      {"7", 7s},
      {" 120 ", 120s},
      {"99999999999999999999999", std::chrono::hours(24 * 365)},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 7s},
      {"Sun, 06 Nov 1994 08:49:30 GMT", 0ms},
      {"Sat, 05 Nov 1994 08:49:30 GMT", 0ms},
      {"Fri, 31 Dec 9999 23:59:59 GMT", std::chrono::hours(24 * 365)},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 24:49:37 GMT", std::nullopt},
      {"Sun, 06 Nov 1994 08:49:37 CET", std::nullopt},
      {"Sun, 06 Nov 1994 08:49:37 GMT and more", std::nullopt},
      {"Sun, 06 Nov", std::nullopt},
  };
  for (const auto& [value, pause] : cases) {
    INFO(value);
    CHECK(parse_retry_after(value, now) == pause);
  }
}

TEST_CASE(
    "The pause grows to its cap, is spread from nothing up, and Retry-After is a floor above the "
    "cap") {
  const Backoff backoff{500ms, 20s};
  struct Case {
    unsigned attempt;
    std::optional<Duration> retry_after;
    double random;
    Duration pause;
  };
  const std::vector<Case> cases{
      {0, {}, 0.0, 0ms},    {0, {}, 0.5, 250ms}, {1, {}, 0.5, 500ms},      {5, {}, 0.5, 8s},
      {6, {}, 0.5, 10s},    {100, {}, 0.5, 10s}, {4000000000U, {}, 0, 0s}, {0, 3s, 0.0, 3s},
      {0, 3s, 0.5, 3250ms}, {9, 1s, 0.5, 10s},   {0, 90s, 0.5, 90250ms},   {0, 0s, 0.5, 250ms},
  };
  for (const auto& [attempt, retry_after, random, pause] : cases) {
    INFO(attempt << " " << random);
    CHECK(retry_pause(backoff, attempt, retry_after, random) == pause);
  }
}

TEST_CASE("Dates of RFC 3339 are read, and others are not") {
  using dmachine::cloud::parse_rfc3339;
  CHECK(parse_rfc3339("1994-11-06T08:49:30Z") == now);
  CHECK(parse_rfc3339("1994-11-06T08:49:30.123456789Z") == now);
  CHECK(parse_rfc3339("1994-11-06t10:49:30+02:00") == now);
  CHECK(parse_rfc3339("1994-11-06T04:19:30-04:30") == now);
  for (const char* bad :
       {"", "1994-11-06", "1994-11-06T08:49:30", "1994-13-06T08:49:30Z", "1994-11-06T08:49:30.Z",
        "1994-11-06T08:49:30ZZ", "1994-11-06T08:49:30+0200", "x994-11-06T08:49:30Z"}) {
    INFO(bad);
    CHECK_FALSE(parse_rfc3339(bad));
  }
  CHECK(dmachine::cloud::to_basic_iso8601(now) == "19941106T084930Z");
}

TEST_CASE("What will pass is tried again until it has passed") {
  MemoryTransport cloud;
  cloud.expect("GET", request.url).reply(503);
  cloud.expect("GET", request.url).fail(Errc::unavailable, "reset", true);
  cloud.expect("GET", request.url).reply(429, "", {{"retry-after", "0"}});
  cloud.expect("GET", request.url).reply(200, "done");
  CHECK(send_with_retry(Context(), cloud, request, quick()).body == "done");
}

TEST_CASE("An answer that will not change is returned at once") {
  for (const int status : {200, 301, 400, 401, 403, 404, 409, 412, 501}) {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).reply(status);
    CHECK(send_with_retry(Context(), cloud, request, quick()).status == status);
  }
}

TEST_CASE("A certificate that is not trusted is no reason to try again") {
  MemoryTransport cloud;
  cloud.expect("GET", request.url).fail(Errc::denied, "certificate", false);
  CHECK_THROWS_AS(send_with_retry(Context(), cloud, request, quick()), TransportError);
}

TEST_CASE(
    "What must not happen twice is sent again only if it never arrived or was refused undone") {
  const auto once = quick(RetryPolicy::Repeat::only_if_not_sent);
  SECTION("never arrived") {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).fail(Errc::unavailable, "refused", false);
    cloud.expect("GET", request.url).reply(200);
    CHECK(send_with_retry(Context(), cloud, request, once).status == 200);
  }
  SECTION("refused") {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).reply(429);
    cloud.expect("GET", request.url).reply(200);
    CHECK(send_with_retry(Context(), cloud, request, once).status == 200);
  }
  SECTION("may have happened") {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).fail(Errc::timeout, "no answer", true);
    CHECK_THROWS_AS(send_with_retry(Context(), cloud, request, once), TransportError);
  }
  SECTION("failed halfway") {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).reply(503);
    CHECK(send_with_retry(Context(), cloud, request, once).status == 503);
  }
}

TEST_CASE("Trying ends with the last answer when tries or time are used up") {
  SECTION("tries") {
    auto policy = quick();
    policy.most_tries = 2;
    MemoryTransport cloud;
    cloud.expect("GET", request.url).reply(503, "first");
    cloud.expect("GET", request.url).reply(503, "second");
    CHECK(send_with_retry(Context(), cloud, request, policy).body == "second");
  }
  SECTION("the policy's time, without waiting for it") {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).reply(503, "", {{"Retry-After", "3600"}});
    const auto start = Clock::now();
    CHECK(send_with_retry(Context(), cloud, request, quick()).status == 503);
    CHECK(Clock::now() - start < 1s);
  }
  SECTION("the context's time, without waiting for it") {
    MemoryTransport cloud;
    cloud.expect("GET", request.url).reply(503, "", {{"Retry-After", "60"}});
    CHECK(send_with_retry(Context().within(30s), cloud, request, quick()).status == 503);
  }
}

TEST_CASE("A stop ends the pause between tries") {
  StopSource stop;
  MemoryTransport cloud;
  cloud.expect("GET", request.url).answer_with([&](const Context&, const HttpRequest&) {
    stop.request_stop();
    return HttpReply{503, {{"Retry-After", "60"}}, {}};
  });
  const auto start = Clock::now();
  CHECK_THROWS_AS(send_with_retry(Context(stop.token()), cloud, request, quick()), Cancelled);
  CHECK(Clock::now() - start < 1s);
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/duration.hpp"
#include "tests/support/catch.hpp"

using dmachine::cli::parse_duration;
using std::chrono::seconds;

TEST_CASE("lengths of time as people type them") {
  CHECK(parse_duration("0") == seconds(0));
  CHECK(parse_duration("0s") == seconds(0));
  CHECK(parse_duration("90s") == seconds(90));
  CHECK(parse_duration("15m") == seconds(900));
  CHECK(parse_duration("1h30m") == seconds(5400));
  CHECK(parse_duration("2d") == seconds(172800));
  for (const char* bad :
       {"", "1", "h", "1x", "-1h", "1h ", " 1h", "1.5h", "99999999999h", "4000000000d", "1h30"}) {
    CHECK_FALSE(parse_duration(bad).has_value());
  }
}

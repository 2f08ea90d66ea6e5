// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.hpp"
#include "machine/natural_order.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

using dmachine::machine::is_valid_name;
using dmachine::machine::natural_less;

TEST_CASE("ls sorts names as people count") {
  const std::vector<std::string> sorted{"1x",  "2x",  "10x", "a",   "A1", "a2",
                                        "a02", "a10", "a-b", "a.b", "b"};
  auto shuffled = sorted;
  std::reverse(shuffled.begin(), shuffled.end());
  std::sort(shuffled.begin(), shuffled.end(), natural_less);
  CHECK(shuffled == sorted);
}

TEST_CASE("names equal but for case have an order") {
  CHECK(natural_less("A", "a") != natural_less("a", "A"));
  CHECK_FALSE(natural_less("a", "a"));
}

TEST_CASE("machine names follow the reference's rule") {
  for (const std::string good : {"a", "A-1.b", "a-", "a.", "0"}) {
    CHECK(is_valid_name(good));
  }
  for (const std::string bad : {"", "-a", ".a", "a_b", "a b", "a/b", "\xC3\xA9"}) {
    CHECK_FALSE(is_valid_name(bad));
  }
}

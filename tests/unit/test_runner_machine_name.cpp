// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/machine_name.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine::runner;

TEST_CASE("the short form of a token, as gitlab-runner 18.2 makes it") {
  struct Case {
    const char* token;
    const char* shown;
  };
  const Case cases[] = {
      {"", ""},
      {"cn9cfp3csXYZabcd1234", "cn9cfp3cs"},
      {"glrt-wm4hpngeeXYZ", "wm4hpngee"},
      {"glrt-t1_wm4hpngeeXYZ", "wm4hpngee"},
      {"glrtr-0123456789", "012345678"},
      {"glcbt-64_abcdefgh", "64abcdef"},  // what no host name may hold is dropped after the cut
      {"GR1348941abcdefghijk", "abcdefghi"},
      {"__--AbCdEfGhIjK", "abcde"},
      {"short", "short"},
  };
  for (const auto& one : cases) {
    CHECK(short_token(one.token) == one.shown);
  }
}

TEST_CASE("names as the runner makes them") {
  CHECK(example_name("wm4hpngeeXYZ", "auto-scale-runner-%s") ==
        "runner-wm4hpngee-auto-scale-runner-1700000000-0123abcd");
  CHECK(example_name("wm4hpngeeXYZ", "auto-scale-runner-%s").size() == 54);
  CHECK(example_name("", "%s") == "1700000000-0123abcd");
}

TEST_CASE("a template needs one %s, and no other %") {
  CHECK(is_good_template("a-%s"));
  for (const char* bad : {"", "a", "%s-%s", "%d", "%", "100%-%s"}) {
    CHECK_FALSE(is_good_template(bad));
  }
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/machine_path.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine::cli;

TEST_CASE("words of scp name a machine before the first colon, and a user before the first @") {
  struct Case {
    const char* word;
    const char* machine;  // nullptr: local
    const char* user;
    const char* path;
  };
  for (const Case& c : {
           Case{"/tmp/foo", nullptr, "", "/tmp/foo"},
           Case{"m1:/etc/hosts", "m1", "", "/etc/hosts"},
           Case{"m1:", "m1", "", ""},
           Case{"me@m1:a:b", "m1", "me", "a:b"},
           Case{"me@m1@x:a", "m1@x", "me", "a"},
           Case{"localhost:/tmp/x", nullptr, "", "/tmp/x"},
           Case{"me@localhost:x", nullptr, "", "x"},
           Case{"./a:b", "./a", "", "b"},
           Case{"a@b", nullptr, "", "a@b"},
           Case{":x", "", "", "x"},
           Case{"", nullptr, "", ""},
       }) {
    CAPTURE(c.word);
    const auto parsed = parse_machine_path(c.word);
    CHECK(parsed.machine.has_value() == (c.machine != nullptr));
    CHECK(parsed.machine.value_or("") == (c.machine == nullptr ? "" : c.machine));
    CHECK(parsed.user == c.user);
    CHECK(parsed.path == c.path);
  }
}

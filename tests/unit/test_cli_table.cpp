// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine::cli;

TEST_CASE("the list of an empty store is its header") {
  CHECK(format_table({{"NAME", "ACTIVE", "DRIVER", "STATE", "URL", "SWARM", "DOCKER", "ERRORS"}}) ==
        "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS\n");
}

TEST_CASE("columns are as wide as their longest cell and three blanks") {
  CHECK(format_table({{"NAME", "ACTIVE", "DRIVER", "STATE", "URL", "SWARM", "DOCKER", "ERRORS"},
                      {"m", "*", "google", "Running", "tcp://192.0.2.1:2376", "", "v27.1.2", ""},
                      {"long-name", "-", "none", "Error", "", "", "Unknown", "it is gone"}}) ==
        "NAME        ACTIVE   DRIVER   STATE     URL                    SWARM   DOCKER    ERRORS\n"
        "m           *        google   Running   tcp://192.0.2.1:2376           v27.1.2   \n"
        "long-name   -        none     Error                                    Unknown   it is "
        "gone\n");
}

TEST_CASE("no column is narrower than five, and code points are counted") {
  CHECK(format_table({{"a", "b", "c"}, {"é", "✓✓✓", "d"}}) == "a    b     c\né    ✓✓✓   d\n");
}

TEST_CASE("a row that lacks a column divides it") {
  CHECK(format_table({{"a", "b", "c"}, {"a"}, {"a long one", "b", "c"}}) ==
        "a    b    c\na\na long one   b    c\n");
  CHECK(format_table({{"a", "b", "c"}, {"wide one", "b"}, {"a", "wide two", "c"}}) ==
        "a          b    c\nwide one   b\na          wide two   c\n");
  CHECK(format_table({}).empty());
  CHECK(format_table({{""}}) == "\n");
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/paragraph.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine::cli;

TEST_CASE("words fill lines, and a longer word has one of its own") {
  CHECK(paragraph("", 10) == "\n");
  CHECK(paragraph("one two three", 7) == "one two\nthree\n");
  CHECK(paragraph("a incomprehensible b", 7) == "a\nincomprehensible\nb\n");
  CHECK(paragraph("one\ntwo three", 80) == "one\ntwo three\n");
  CHECK(paragraph("üüü üüü", 7) == "üüü üüü\n");
}

TEST_CASE("what a term means stands in a column") {
  CHECK(two_columns("  -y", "ask nothing", 8, 80) == "  -y    ask nothing\n");
  CHECK(two_columns("  -y", "one two three four five six", 8, 40) ==
        "  -y    one two three four five six\n");
  CHECK(two_columns("  -y", "one two three four five six seven eight", 8, 40) ==
        "  -y    one two three four five six\n        seven eight\n");
  CHECK(two_columns("  --long", "meaning", 8, 80) == "  --long\n        meaning\n");
  CHECK(two_columns("  --lon", "meaning", 8, 80) == "  --lon\n        meaning\n");
  CHECK(two_columns("  --lo", "meaning", 8, 80) == "  --lo  meaning\n");
  CHECK(two_columns("  -y", "", 8, 80) == "  -y\n");
}

TEST_CASE("a narrow terminal gets the meaning below the term") {
  CHECK(two_columns("  --longer", "one two three", 31, 20) ==
        "  --longer\n        one two\n        three\n");
  CHECK(two_columns("  --longer", "one two", 31, 3) == "  --longer\n        one\n        two\n");
}

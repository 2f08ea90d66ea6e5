// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/option.hpp"
#include "tests/support/catch.hpp"

#include <array>

using namespace dmachine;

namespace {

constexpr std::array table{
    Option{"port", "PORT", "Port", Option::Kind::integer, "22", "a number"},
    Option{"on", "", "On", Option::Kind::boolean, "false", "a switch"},
    Option{"word", "WORD", "Word", Option::Kind::text, "x", "a word"},
    Option{"many", "MANY", "Many", Option::Kind::list, "a,b", "words"},
};

}  // namespace

TEST_CASE("options begin with their defaults") {
  const OptionValues values(table);
  CHECK(values.integer("port") == 22);
  CHECK_FALSE(values.boolean("on"));
  CHECK(values.text("word") == "x");
  CHECK(values.list("many") == std::vector<std::string>{"a", "b"});
  CHECK(values.origin("port") == Origin::default_value);
}

TEST_CASE("the last of several values wins, and a list grows from its second value on") {
  OptionValues values(table);
  values.set("word", "one", Origin::environment);
  CHECK(values.name_with_origin("word") == "--word (from WORD)");
  values.set("word", "two", Origin::command_line);
  CHECK(values.text("word") == "two");
  CHECK(values.name_with_origin("word") == "--word");
  values.set("many", "c,d", Origin::command_line);
  values.set("many", "e", Origin::command_line);
  CHECK(values.list("many") == std::vector<std::string>{"c,d", "e"});
}

TEST_CASE("numbers and switches are read as Go reads them") {
  OptionValues values(table);
  values.set("port", "0x10", Origin::command_line);
  CHECK(values.integer("port") == 16);
  values.set("port", "010", Origin::command_line);
  CHECK(values.integer("port") == 8);
  values.set("on", "T", Origin::command_line);
  CHECK(values.boolean("on"));
}

TEST_CASE("bad values are refused in the words of Go's flag package") {
  OptionValues values(table);
  CHECK_THROWS_WITH(values.set("port", "x", Origin::command_line),
                    "invalid value \"x\" for flag -port: parse error");
  CHECK_THROWS_WITH(values.set("on", "maybe", Origin::command_line),
                    "invalid boolean value \"maybe\" for -on: parse error");
  CHECK_THROWS_WITH(values.set("nosuch", "1", Origin::command_line),
                    "flag provided but not defined: -nosuch");
  CHECK(values.integer("port") == 22);
}

TEST_CASE("reading an option as what it is not is a fault of ours") {
  const OptionValues values(table);
  try {
    (void)values.text("port");
    FAIL("no exception");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::internal);
  }
}

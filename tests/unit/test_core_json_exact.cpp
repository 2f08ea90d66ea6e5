// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/json_exact.hpp"
#include "core/json_fields.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;

TEST_CASE("numbers are written as they were read") {
  for (const std::string text :
       {"0", "-0", "1.0", "1.5", "1E20", "1e+30", "-1e-7", "123456789012345678901234567890",
        "18446744073709551615", "-9223372036854775808", "0.1000", "[1.0,{\"a\":[2.50,[]]},1]"}) {
    CHECK(to_go_json_compact(parse_json_exact(text)) == text);
  }
}

TEST_CASE("values are read exactly as parse_json reads them, but for odd numbers") {
  for (const std::string text : {R"({"b":1,"a":{"x":[1,2.5,"s",null,true]},"b":2})", R"("\ud800<")",
                                 "[]", "{}", "[[],{}]", "null", "1.5"}) {
    CHECK(parse_json_exact(text) == parse_json(text));
  }
  CHECK_THROWS_AS(parse_json_exact("{"), Error);
  CHECK_THROWS_AS(parse_json_exact("1e400"), Error);
}

TEST_CASE("a number kept as text is a number to whoever reads it") {
  const Json object = parse_json_exact(R"({"A": 1.0, "B": 22.50, "C": -0})");
  const JsonFields fields(object, "S");
  CHECK(fields.number("A") == 1.0);
  CHECK(fields.number("B") == 22.5);
  CHECK(fields.integer("C") == 0);
  CHECK_THROWS_WITH(fields.integer("A"),
                    "json: cannot unmarshal number 1.0 into Go struct field S.A of type int");
  CHECK_THROWS_WITH(fields.text("A"),
                    "json: cannot unmarshal number into Go struct field S.A of type string");
  CHECK_THROWS_WITH(JsonFields(object["A"], "S"),
                    "json: cannot unmarshal number into Go value of type S");
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;

namespace {

template <typename Read>
std::string failure_of(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("fields are read in any case, and missing or null ones are zero") {
  const Json json = parse_json(
      R"({"name":"m","PORT":22,"On":true,"List":["a",null,"b"],"Ratio":0.5,"Null":null,"Whole":3})");
  const JsonFields fields(json, "Thing");
  CHECK(fields.text("Name") == "m");
  CHECK(fields.small_integer("Port") == 22);
  CHECK(fields.boolean("on"));
  CHECK(fields.texts("List") == std::vector<std::string>{"a", "", "b"});
  CHECK(fields.number("Ratio") == 0.5);
  CHECK(fields.number("Whole") == 3);
  for (const auto* key : {"Null", "Missing"}) {
    CHECK(fields.text(key).empty());
    CHECK(fields.integer(key) == 0);
    CHECK_FALSE(fields.boolean(key));
    CHECK(fields.number(key) == 0);
    CHECK(fields.texts(key).empty());
    CHECK(fields.is_null(key));
  }
  CHECK_FALSE(fields.is_null("name"));
}

TEST_CASE("null is an object without members") {
  CHECK(JsonFields(Json(), "Thing").text("Name").empty());
}

TEST_CASE("a wrong type is refused in the words of encoding/json") {
  const Json json =
      parse_json(R"({"S":"x","N":3,"F":2.5,"B":true,"L":[1],"O":{},"Big":99999999999})");
  const JsonFields fields(json, "Thing");
  CHECK(failure_of([&] { fields.text("N"); }) ==
        "json: cannot unmarshal number into Go struct field Thing.N of type string");
  CHECK(failure_of([&] { fields.text("B"); }) ==
        "json: cannot unmarshal bool into Go struct field Thing.B of type string");
  CHECK(failure_of([&] { fields.text("O"); }) ==
        "json: cannot unmarshal object into Go struct field Thing.O of type string");
  CHECK(failure_of([&] { fields.text("L"); }) ==
        "json: cannot unmarshal array into Go struct field Thing.L of type string");
  CHECK(failure_of([&] { fields.integer("S"); }) ==
        "json: cannot unmarshal string into Go struct field Thing.S of type int");
  CHECK(failure_of([&] { fields.integer("F"); }) ==
        "json: cannot unmarshal number 2.5 into Go struct field Thing.F of type int");
  CHECK(failure_of([&] { fields.small_integer("Big"); }) ==
        "json: cannot unmarshal number 99999999999 into Go struct field Thing.Big of type int");
  CHECK(failure_of([&] { fields.boolean("S"); }) ==
        "json: cannot unmarshal string into Go struct field Thing.S of type bool");
  CHECK(failure_of([&] { fields.texts("S"); }) ==
        "json: cannot unmarshal string into Go struct field Thing.S of type []string");
  CHECK(failure_of([&] { fields.texts("L"); }) ==
        "json: cannot unmarshal number into Go struct field Thing.L of type string");
  CHECK(failure_of([&] { JsonFields(Json::array(), "Thing"); }) ==
        "json: cannot unmarshal array into Go value of type Thing");
  CHECK(failure_of([&] { JsonFields(Json("x"), "Thing"); }) ==
        "json: cannot unmarshal string into Go value of type Thing");
}

TEST_CASE("members that we do not know survive a rewrite, in any case of theirs") {
  const Json known = parse_json(R"({"Name":"new","Port":1})");
  const Json original = parse_json(R"({"Extra":{"a":[1]},"name":"old","Port":2,"More":null})");
  CHECK(to_go_json_compact(keep_unknown(known, original)) ==
        R"({"Name":"new","Port":1,"Extra":{"a":[1]},"More":null})");
  CHECK(keep_unknown(known, Json()) == known);
}

TEST_CASE("empty lists stay null or [] as the file had them") {
  const Json known{{"A", Json::array()}, {"B", nullptr}, {"C", Json::array()}, {"D", {1}}};
  const Json stored = parse_json(R"({"a": null, "B": [], "D": null})");
  CHECK(to_go_json_compact(keep_unknown(known, stored)) == R"({"A":null,"B":[],"C":null,"D":[1]})");
  for (const Json& nothing : {Json(), Json::object()}) {
    CHECK(keep_unknown(known, nothing) == known);
  }
}

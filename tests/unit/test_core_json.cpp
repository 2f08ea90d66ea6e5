// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/json_syntax.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/go_core_cases.hpp"

#include <algorithm>

using namespace dmachine;

namespace {

/// Go's maps print with sorted keys.
Json sorted(const Json& value) {
  if (value.is_array()) {
    Json array = Json::array();
    for (const Json& element : value) {
      array.push_back(sorted(element));
    }
    return array;
  }
  if (!value.is_object()) {
    return value.is_number() ? Json(value.get<double>()) : value;  // Go has read a float64
  }
  std::map<std::string, Json> members;
  for (const auto& item : value.items()) {
    members[item.key()] = sorted(item.value());
  }
  Json object = Json::object();
  for (const auto& [key, member] : members) {
    object[key] = member;
  }
  return object;
}

std::string failure_of(const std::string& text) {
  try {
    parse_json(text);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("JSON is read, refused and written as by Go's encoding/json") {
  for (const Json& one : test::go_core_cases()["json"]) {
    const std::string text = test::from_hex(one["hex"].get<std::string>());
    INFO(text);
    if (text == "[1e999]") {
      continue;  // below
    }
    CHECK(failure_of(text) == one.value("error", ""));
    if (!one.contains("error")) {
      const Json value = sorted(parse_json(text));
      CHECK(to_go_json_compact(value) == one["compact"].get<std::string>());
      CHECK(to_go_json(value) == one["pretty"].get<std::string>());
    }
  }
}

TEST_CASE("a number that no float64 holds is refused") {
  CHECK_THAT(failure_of("[1e999]"), ContainsSubstring("too large"));
  CHECK_THAT(failure_of("[\"\xff\",1e999]"), ContainsSubstring("too large"));
}

TEST_CASE("strings are encoded as by Go's encoding/json") {
  for (const Json& one : test::go_core_cases()["texts"]) {
    INFO(one["hex"]);
    CHECK(to_go_json_compact(Json(test::from_hex(one["hex"].get<std::string>()))) ==
          one["json"].get<std::string>());
  }
}

TEST_CASE("keys keep their order, and the last of two equal ones wins") {
  CHECK(to_go_json_compact(parse_json(R"({"b":1,"a":{"z":[],"y":{}},"b":2})")) ==
        R"({"b":2,"a":{"z":[],"y":{}}})");
  CHECK(to_go_json(parse_json(R"({"b":[1,{"c":null}],"a":{}})")) ==
        "{\n    \"b\": [\n        1,\n        {\n            \"c\": null\n        }\n    ],\n    "
        "\"a\": {}\n}");
}

TEST_CASE("integers keep all their digits") {
  CHECK(to_go_json_compact(
            parse_json("[9007199254740993,-9223372036854775808,18446744073709551615]")) ==
        "[9007199254740993,-9223372036854775808,18446744073709551615]");
}

TEST_CASE("JSON that nests without end is refused, not followed") {
  const std::string deep(most_json_depth, '[');
  CHECK(failure_of(deep + std::string(most_json_depth, ']')).empty());
  CHECK(failure_of(deep + "[") == "invalid character '[' exceeded max depth");
  std::string objects;
  for (int i = 0; i < 100000; ++i) {
    objects += "{\"a\":";
  }
  CHECK(failure_of(objects) == "invalid character '{' exceeded max depth");
}

TEST_CASE("members are found exactly first, then in any case") {
  const Json object = parse_json(R"({"NAME":1,"Name":2,"other":3})");
  CHECK(*find_member(object, "Name") == 2);
  CHECK(*find_member(object, "name") == 1);
  CHECK(*find_member(object, "OTHER") == 3);
  CHECK(find_member(object, "none") == nullptr);
  CHECK(find_member(Json::array(), "none") == nullptr);
}

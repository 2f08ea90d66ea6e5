// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"
#include "tests/unit/go_core_cases.hpp"

#include <tuple>

using namespace dmachine;

TEST_CASE("texts are quoted as Go quotes them") {
  for (const Json& one : test::go_core_cases()["texts"]) {
    const std::string text = test::from_hex(one["hex"].get<std::string>());
    INFO(one["hex"]);
    CHECK(go_quote(text) == one["quoted"].get<std::string>());
  }
}

TEST_CASE("integers are read as Go reads them with base 0") {
  for (const Json& one : test::go_core_cases()["integers"]) {
    const auto text = one["text"].get<std::string>();
    INFO(text);
    const auto number = parse_go_int(text);
    const auto size = parse_go_uint(text);
    CHECK((number ? std::to_string(*number) : "none") == one.value("int", "none"));
    CHECK((size ? std::to_string(*size) : "none") == one.value("uint", "none"));
  }
}

TEST_CASE("booleans are read as Go reads them") {
  for (const Json& one : test::go_core_cases()["booleans"]) {
    const auto text = one["text"].get<std::string>();
    INFO(text);
    const auto value = parse_go_bool(text);
    CHECK(value.has_value() == one.contains("value"));
    CHECK(value.value_or(false) == one.value("value", false));
  }
}

TEST_CASE("texts are split, joined and trimmed") {
  CHECK(split("", ',') == std::vector<std::string>{""});
  CHECK(split("a,b,,c,", ',') == std::vector<std::string>{"a", "b", "", "c", ""});
  CHECK(join({}, ", ").empty());
  CHECK(join({"a", "b", ""}, ", ") == "a, b, ");
  CHECK(trim(" \t\r\n a b \n") == "a b");
  CHECK(trim(" \t ").empty());
  CHECK(to_lower("ABCxyzÄ[@") == "abcxyzÄ[@");
  CHECK(replace_all("aXbXX", "X", "XX") == "aXXbXXXX");
  CHECK(replace_all("aaa", "aa", "b") == "ba");
  CHECK(equal_ignoring_case("HostName", "hostnaME"));
  CHECK_FALSE(equal_ignoring_case("a", "ab"));
}

TEST_CASE("base64 matches the vectors of RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(base64_encode(plain) == encoded);
    CHECK(base64_decode(encoded) == plain);
  }
  CHECK(base64url_encode("\xfb\xff\xfe") == "-__-");
  CHECK(base64url_encode("f") == "Zg");
  CHECK(base64_decode("-__-") == "\xfb\xff\xfe");
  CHECK(base64_decode("Zm9v\nYmFy\r\n") == "foobar");
  CHECK(base64_decode("Zg") == "f");
  for (const auto* wrong : {"Z", "Zm9vY", "Zg==Zg==", "Z*==", "Zm 9v", "Zg=a"}) {
    INFO(wrong);
    CHECK_FALSE(base64_decode(wrong));
  }
}

TEST_CASE("words are quoted for a shell only where that is needed") {
  CHECK(shell_quote("plain-1.0/x_y:z@h%+=,") == "plain-1.0/x_y:z@h%+=,");
  CHECK(shell_quote("").size() == 2);
  CHECK(shell_quote("two words") == "'two words'");
  CHECK(shell_quote("it's") == R"('it'\''s')");
  CHECK(shell_quote("$(rm)") == "'$(rm)'");
  CHECK(shell_quote("~") == "'~'");
}

TEST_CASE("only unreserved characters stay as they are in URLs") {
  CHECK(url_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(url_encode("a b/c?d=e&f+é") == "a%20b%2Fc%3Fd%3De%26f%2B%C3%A9");
}

TEST_CASE("an empty variable counts as unset") {
  {
    const test::ScopedEnv set("DMACHINE_TEST_VARIABLE", "value");
    CHECK(find_env("DMACHINE_TEST_VARIABLE") == "value");
  }
  setenv("DMACHINE_TEST_VARIABLE", "", 1);
  CHECK_FALSE(find_env("DMACHINE_TEST_VARIABLE"));
  unsetenv("DMACHINE_TEST_VARIABLE");
  CHECK_FALSE(find_env("DMACHINE_TEST_VARIABLE"));
}

TEST_CASE("edit distance counts insertions, deletions and changes") {
  const std::vector<std::tuple<std::string, std::string, std::size_t>> cases{
      {"", "", 0},          {"abc", "", 3}, {"", "abc", 3}, {"kitten", "sitting", 3},
      {"zone", "zones", 1}, {"ab", "ba", 2}};
  for (const auto& [a, b, distance] : cases) {
    CHECK(edit_distance(a, b) == distance);
  }
}

TEST_CASE("code points are told from broken bytes") {
  CHECK(decode_rune("é").value == 0xE9);
  CHECK(decode_rune("é").length == 2);
  CHECK_FALSE(decode_rune("\xEF\xBF\xBD").is_broken());
  for (const auto* broken :
       {"\xff", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82"}) {
    CHECK(decode_rune(broken).is_broken());
  }
  CHECK(count_runes("aé\xff✓") == 4);
  std::string text;
  for (const char32_t rune :
       {U'a', U'é', U'✓', U'😀', static_cast<char32_t>(0xD800), static_cast<char32_t>(0x110000)}) {
    append_utf8(text, rune);
  }
  CHECK(text == "aé✓😀\xEF\xBF\xBD\xEF\xBF\xBD");
}

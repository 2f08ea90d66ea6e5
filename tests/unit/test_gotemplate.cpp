// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"
#include "core/json.hpp"
#include "gotemplate/template.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/list_row.hpp"

using namespace dmachine;
using namespace dmachine::gotemplate;

namespace {

struct Outcome {
  std::string output;
  std::string error;
  std::string stage;  // of the error
};

Outcome render_outcome(const std::string& text, const Value& data, Functions functions) {
  try {
    return {render(text, data, functions), "", ""};
  } catch (const ParseError& error) {
    return {"", error.what(), "parse"};
  } catch (const ExecError& error) {
    return {error.output(), error.what(), "exec"};
  }
}

Outcome render_outcome(const std::string& text) {
  return render_outcome(text, Value{}, Functions::with_json);
}

std::string repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

}  // namespace

TEST_CASE("templates render and fail as Go's engine does") {
  const Json file = parse_json(read_file(DMACHINE_SOURCE_DIR "/tests/data/gotemplate_cases.json"));
  const Value machine = from_json(file["machine"]);
  std::size_t count = 0;
  for (const auto& topic : file["topics"].items()) {
    const bool is_row = topic.key() == "row";
    for (const Json& one : topic.value()) {
      const auto text = one["template"].get<std::string>();
      const Value data = is_row                   ? test::list_row()
                         : topic.key() == "roots" ? from_json(one["data"])
                                                  : machine;
      const Outcome outcome =
          render_outcome(text, data, is_row ? Functions::builtins_only : Functions::with_json);
      INFO(topic.key() << ": " << text);
      CHECK(outcome.output == one.value("output", ""));
      CHECK(outcome.error == one.value("error", ""));
      CHECK(outcome.stage == one.value("stage", ""));
      ++count;
    }
  }
  CHECK(count > 900);  // the file was not cut
}

TEST_CASE("the folder that gitlab-runner asks for is printed") {
  const Value data = from_json(
      parse_json(R"({"HostOptions": {"AuthOptions": {"StorePath": "/root/machines/m"}}})"));
  CHECK(render("{{.HostOptions.AuthOptions.StorePath}}", data, Functions::with_json) ==
        "/root/machines/m");
}

TEST_CASE("bytes that are no UTF-8 pass through, and are escaped where they are quoted") {
  CHECK(render_outcome("{{\"\\xff\"}}\xfe").output == "\xff\xfe");
  CHECK(render_outcome("{{printf \"%q\" \"\\xff\\xfe\"}}").output == R"("\xff\xfe")");
  CHECK(render_outcome("{{json \"\\xff\"}}").output == R"("\ufffd")");
  CHECK(render_outcome("{{\xff}}").error ==
        "template: :1: unrecognized character in action: U+FFFD '\xEF\xBF\xBD'");
}

TEST_CASE("complex numbers are refused in clear words") {
  CHECK(render_outcome("{{1+2i}}").error ==
        "template: :1: complex numbers are not supported: 1+2i");
  CHECK(render_outcome("{{3i}}").error == "template: :1: complex numbers are not supported: 3i");
}

TEST_CASE("range assigns to the variable it names") {
  const Value data = from_json(parse_json(R"({"L": ["a", "b"]})"));
  CHECK(render("{{$x := 0}}{{$y := 1}}{{range $x = .L}}{{$x}}{{end}}{{$x}}{{$y}}", data,
               Functions::with_json) == "abb1");
}

TEST_CASE("no template nests, runs or grows without end") {
  CHECK_THAT(render_outcome("{{" + repeat("(", 100000) + "1").error,
             ContainsSubstring("nested too deeply"));
  CHECK_THAT(render_outcome(repeat("{{if 1}}", 100000)).error,
             ContainsSubstring("nested too deeply"));
  CHECK_THAT(render_outcome("{{if 1}}" + repeat("{{else if 1}}", 100000)).error,
             ContainsSubstring("nested too deeply"));
  CHECK_THAT(render_outcome(R"({{define "t"}}{{template "t"}}{{end}}{{template "t"}})").error,
             ContainsSubstring("exceeded maximum template depth"));
  CHECK_THAT(
      render_outcome(
          R"({{define "t"}}{{block "u" 1}}{{template "t"}}{{template "t"}}{{end}}{{end}}{{template "t"}})")
          .error,
      ContainsSubstring("exceeded maximum template depth"));
  // Each round doubles what is done, or what is held.
  std::string rounds = R"({{define "a0"}}{{end}})";
  std::string doubling = R"({{$x := "0123456789abcdef"}})";
  for (int i = 1; i <= 60; ++i) {
    const std::string before = "{{template \"a" + std::to_string(i - 1) + "\"}}";
    rounds += "{{define \"a" + std::to_string(i) + "\"}}" + before + before + "{{end}}";
    doubling += "{{$x = print $x $x}}";
  }
  CHECK_THAT(render_outcome(rounds + R"({{template "a60"}})").error,
             ContainsSubstring("the template runs too long"));
  CHECK_THAT(render_outcome(doubling).error, ContainsSubstring("too large"));
  CHECK_THAT(
      render_outcome("{{printf \"" + repeat("%1000000d", 1000) + "\"" + repeat(" 1", 1000) + "}}")
          .error,
      ContainsSubstring("too large"));
  CHECK_THAT(render_outcome("{{$x := printf \"%1000000d\" 1}}" + repeat("{{$x}}", 1000)).error,
             ContainsSubstring("the output is too large"));
}

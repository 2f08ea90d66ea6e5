// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <array>

using namespace dmachine;
using namespace dmachine::cli;

namespace {

using Kind = Option::Kind;

/// The options that tests/data/arguments_cases.json was observed with.
constexpr std::array options{
    Option{"force", "T_FORCE", {}, Kind::boolean, {}, "", false, "f"},
    Option{"y", {}, {}, Kind::boolean, {}, "", false, {}},
    Option{"no-proxy", {}, {}, Kind::boolean, {}, "", false, {}},
    Option{"driver", "T_DRIVER", {}, Kind::text, "virtualbox", "", false, "d"},
    Option{"format", {}, {}, Kind::text, {}, "", false, {}},
    Option{"timeout", "T_TIMEOUT", {}, Kind::integer, "10", "", false, "t"},
    Option{"label", "T_LABEL", {}, Kind::list, {}, "", false, {}},
};

Json outcome_of(const std::vector<std::string>& words) {
  Json outcome = Json::object();
  try {
    const Arguments arguments = parse_command_words(words, options);
    if (arguments.help) {
      outcome["help"] = true;
      return outcome;
    }
    outcome["driver"] = arguments.options.text("driver");
    outcome["force"] = arguments.options.boolean("force");
    outcome["format"] = arguments.options.text("format");
    outcome["label"] = arguments.options.list("label");
    outcome["no-proxy"] = arguments.options.boolean("no-proxy");
    outcome["timeout"] = arguments.options.integer("timeout");
    outcome["words"] = arguments.words;
    outcome["y"] = arguments.options.boolean("y");
  } catch (const UsageError& error) {
    outcome["error"] = error.what();
  }
  return outcome;
}

Json observed_cases() {
  return parse_json(read_file(DMACHINE_SOURCE_DIR "/tests/data/arguments_cases.json"))["cases"];
}

std::string hint_for(const std::string& word) {
  try {
    parse_command_words({word}, options);
  } catch (const UsageError& error) {
    return error.hint();
  }
  return "no error";
}

}  // namespace

TEST_CASE("words are read as by the reference's parser") {
  const Json cases = observed_cases();
  CHECK(cases.size() > 150);  // the file was not cut
  for (const Json& one : cases) {
    std::vector<std::unique_ptr<test::ScopedEnv>> variables;
    const Json env = one.value("env", Json::object());
    for (const auto& variable : env.items()) {
      variables.push_back(
          std::make_unique<test::ScopedEnv>(variable.key(), variable.value().get<std::string>()));
    }
    INFO(to_go_json_compact(one));
    CHECK(outcome_of(one["words"].get<std::vector<std::string>>()) == one["outcome"]);
  }
}

TEST_CASE("global options end at the first word that is none") {
  const Arguments arguments = parse_leading_options({"-f", "ls", "-y", "--driver", "x"}, options);
  CHECK(arguments.options.boolean("force"));
  CHECK_FALSE(arguments.options.boolean("y"));
  CHECK(arguments.words == std::vector<std::string>{"ls", "-y", "--driver", "x"});
  CHECK(parse_leading_options({"--", "-f"}, options).words == std::vector<std::string>{"-f"});
}

TEST_CASE("a value knows where it came from") {
  const test::ScopedEnv variable("T_DRIVER", "google");
  const Arguments arguments = parse_command_words({"-t", "5"}, options);
  CHECK(arguments.options.origin("driver") == Origin::environment);
  CHECK(arguments.options.origin("timeout") == Origin::command_line);
  CHECK(arguments.options.origin("format") == Origin::default_value);
}

TEST_CASE("an unknown option that looks like a known one is told so") {
  CHECK(hint_for("--drivr=x") == "did you mean --driver?");
  CHECK(hint_for("--nothing-like-it").empty());
}

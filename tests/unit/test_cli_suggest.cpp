// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/suggest.hpp"
#include "drivers/registry.hpp"
#include "tests/support/catch.hpp"

#include <array>

using namespace dmachine;
using namespace dmachine::cli;

TEST_CASE("a misspelt command is recognised, another word is not") {
  const std::array<std::pair<const char*, const char*>, 14> cases{{
      {"creat", "did you mean create?"},
      {"sotp", "did you mean stop?"},
      {"sl", "did you mean ls?"},
      {"stat", "did you mean start or stats?"},
      {"statu", "did you mean stats or status?"},
      {"inspct", "did you mean inspect?"},
      {"list", "did you mean ls?"},
      {"destroy", "did you mean rm?"},
      {"Url", "did you mean url?"},
      {"x", ""},
      {"", ""},
      {"nosuch", ""},
      {"frobnicate", ""},
      {"lss", "did you mean ls?"},
  }};
  for (const auto& [word, expected] : cases) {
    CAPTURE(word);
    CHECK(suggest_command(word) == expected);
  }
}

TEST_CASE("what is equally near is all named, up to three") {
  const std::array<std::string_view, 5> known{"disk-a", "disk-b", "disk-c", "disk-d", "other"};
  CHECK(did_you_mean("disk-x", known) == "did you mean disk-a, disk-b or disk-c?");
  CHECK(did_you_mean("disk-a", std::span(known).first(1)) == "did you mean disk-a?");
}

TEST_CASE("an option is found by a misspelling or without the driver's name") {
  const auto options = find_driver_type("google")->options;
  CHECK(suggest_option("google-zoen", options) == "did you mean --google-zone?");
  CHECK(suggest_option("zone", options) == "did you mean --google-zone?");
  CHECK(suggest_option("machine-type", options) == "did you mean --google-machine-type?");
  CHECK(suggest_option("nothing-like-it", options).empty());
}

TEST_CASE("an unknown option that is known elsewhere gets its place") {
  const auto hint_for = [](const char* flag, const Command* command) {
    return explain(UnknownFlag(flag, "guess"), command).hint();
  };
  CHECK(hint_for("storage-path", find_command("ls")) == "--storage-path stands before the command");
  CHECK(hint_for("force", nullptr) == "--force stands after the command");
  CHECK(hint_for("google-zone", find_command("create")) ==
        "--google-zone is an option of the driver google");
  CHECK(hint_for("nosuch", find_command("ls")) == "guess");
  CHECK(explain(UsageError("other", "hint"), nullptr).hint() == "hint");
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "runner/config.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::runner;

using Texts = std::vector<std::string>;

TEST_CASE("a config.toml as GitLab publishes it") {
  const Config config = parse_config(R"(
concurrent = 50   # All registered runners can run up to 50 concurrent jobs

[[runners]]
  url = "https://gitlab.com"
  token = "RUNNER_TOKEN"
  name = "autoscale-runner"
  executor = "docker+machine"
  limit = 10
  environment = ["A=1"]
  [runners.docker]
    image = "ruby:3.3"
  [runners.machine]
    IdleCount = 5
    IdleTime = 600
    MaxBuilds = 100
    MachineName = "auto-scale-%s"
    MachineDriver = "google"
    IdleScaleFactor = 1.0
    MachineOptions = [
        "google-project=p",
        "google-zone=z", # a comment
    ]
    [[runners.machine.autoscaling]]
      Periods = ["* * 9-17 * * mon-fri *"]
      IdleCount = 50
  [runners.cache]
    Type = "s3"

[[runners]]
  executor = "shell"
)");
  CHECK(config.concurrent == 50);
  REQUIRE(config.sections.size() == 2);
  const Section& section = config.sections[0];
  CHECK(section.name == "autoscale-runner");
  CHECK(section.token == "RUNNER_TOKEN");
  CHECK(section.executor == "docker+machine");
  CHECK(section.limit == 10);
  CHECK(section.environment == Texts{"A=1"});
  CHECK(section.has_machine);
  CHECK(section.machine_driver == "google");
  CHECK(section.machine_name == "auto-scale-%s");
  CHECK(section.machine_options == Texts{"google-project=p", "google-zone=z"});
  CHECK(section.idle_count == 5);
  CHECK(section.idle_time == 600);
  CHECK(section.max_builds == 100);
  CHECK(section.faults.empty());
  CHECK(config.sections[1].name == "#2");
  CHECK_FALSE(config.sections[1].has_machine);
}

TEST_CASE("what the runner would not read, or not start with") {
  const auto section = parse_config(R"([[runners]]
[runners.machine]
machinename = "a-%s"
MachineDrvier = "google"
MachineOptions = ["a", 1]
IdleCount = "5"
IdleScaleFactor = 1
OffPeakIdleCount = 3
)")
                           .sections.at(0);
  CHECK(section.machine_name == "a-%s");  // keys in any case
  CHECK(section.machine_options == Texts{"a", ""});
  CHECK(section.faults ==
        Texts{"line 5: MachineOptions must be a list of texts",
              "line 6: IdleCount must be a whole number",
              "line 7: IdleScaleFactor must be a number with a point, such as 1.0"});
  CHECK(section.unread ==
        Texts{"line 4: MachineDrvier is no key of [runners.machine]: it is not read",
              "line 8: OffPeakIdleCount is not read since gitlab-runner 14.0: use "
              "[[runners.machine.autoscaling]]"});
}

TEST_CASE("what is no configuration") {
  CHECK(parse_config("").sections.empty());
  CHECK_THROWS_WITH(parse_config("a = \n"), StartsWith("line 1, column "));
  CHECK_THROWS_WITH(parse_config("[runners]\n"),
                    "line 1: runners must be a list of tables: [[runners]]");
  CHECK_THROWS_WITH(parse_config("runners = [1]\n"),
                    "line 1: runners must be a list of tables: [[runners]]");
  CHECK(parse_config("[[runners]]\nmachine = 3\n").sections[0].faults ==
        Texts{"line 2: machine must be a table: [runners.machine]"});
}

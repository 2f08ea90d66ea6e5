// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_simulation.hpp"
#include "tests/support/forked.hpp"

#include <csignal>

using namespace dmachine;
using namespace dmachine::test;

namespace {

SimulatedCloud& engine() {
  return GoogleProject::cloud();
}

/// Runs a create in a process of its own and kills that at a call's point.
void create_and_kill(GoogleProject& cloud, const GoogleProject::Flags& flags,
                     const std::string& point, std::size_t call) {
  const Json fault{{"fault", "gate"}, {"arguments", Json::array({point})}, {"nth", call}};
  const auto gate = "/gates/" + engine().post("/faults", fault).at("gate").dump();
  const pid_t pid = fork_and_run([&] {
    GoogleProject::create(*cloud.machine("m1", flags));
    return 0;
  });
  engine().get(gate + "?timeout=30");
  kill(pid, SIGKILL);
  const int code = exit_code_of(pid);
  CHECK((code == 128 + SIGKILL || code == 0));  // after its last call it may have been at its end
  engine().post(gate + "/release", Json{{"drop", true}});
}

}  // namespace

TEST_CASE("a create killed at any call is found without its store, and nothing is left of it") {
  const std::vector<GoogleProject::Flags> ways{
      {}, {{"google-bulk-insert", "true"}, {"google-region", "us-east1"}}};
  for (const auto& flags : ways) {
    std::size_t calls = 0;
    {
      GoogleProject cloud;
      engine().set(Json{{"operation_seconds", Json{{"*", 0.05}}}});
      const auto machine = cloud.machine("m1", flags);
      GoogleProject::create(*machine);
      calls = engine().calls("compute").size();
      machine->remove({});
    }
    CHECK(calls >= 6);
    for (const auto* point : {"done", "after"}) {  // before and after the answer
      for (std::size_t call = 1; call <= calls; ++call) {
        INFO(point << " call " << call << " of " << calls);
        GoogleProject cloud;
        engine().set(Json{{"operation_seconds", Json{{"*", 0.05}}}});
        create_and_kill(cloud, flags, point, call);
        // Another store, that knows the project and nothing else.
        const auto account = cloud.machine("other")->account();
        for (const auto& resource : account->owned({})) {
          CHECK(resource.machine == "m1");
          account->erase({}, resource);
        }
        CHECK(GoogleProject::names_of("instances").empty());
        CHECK(GoogleProject::names_of("disks").empty());
      }
    }
  }
}

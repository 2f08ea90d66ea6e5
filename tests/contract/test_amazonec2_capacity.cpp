// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/amazonec2_simulation.hpp"
#include "tests/support/side_by_side.hpp"

#include <algorithm>

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Names = std::vector<std::string>;

void sell_out(const Names& zones) {
  for (const auto& zone : zones) {
    Ec2Region::cloud().make_it("exhaust", Json{{"zone", zone}});
  }
}

const Ec2Region::Flags three_zones{{"amazonec2-zone", "a,b,c"}};

/// Each launch that was asked for; a repetition of the same request, after no answer, is none.
std::vector<Json> launches() {
  std::map<std::string, Json> by_token;
  for (const auto& call : Ec2Region::cloud().calls("ec2")) {
    if (call.body["Action"] == "RunInstances") {
      by_token.emplace(call.body["ClientToken"], call.body);
    }
  }
  std::vector<Json> launches;
  for (const auto& [token, launch] : by_token) {
    launches.push_back(launch);
  }
  return launches;
}

std::map<std::string, int> launches_by_machine() {
  return count_by_machine(launches(),
                          [](const Json& launch) { return launch["KeyName"].get<std::string>(); });
}

auto make_crowd(Ec2Region& region, int size) {
  return make_machines(1, size,
                       [&](const std::string& name) { return region.machine(three_zones, name); });
}

template <typename Machines>
void remove_all(Ec2Region& region, const Machines& machines) {
  side_by_side(machines, [](const amazonec2::Amazonec2Driver& machine) {
    Ec2Region::reopen(machine.to_json())->remove({});
  });
  for (const auto& left : region.machine()->account()->owned({})) {
    CHECK(to_string(left.kind) == "security group");  // of all machines
  }
}

}  // namespace

TEST_CASE("k sold-out zones: k+1 launches for the first create, one for each of 99 side by side") {
  Ec2Region region("ap-northeast-2");
  sell_out({"ap-northeast-2a", "ap-northeast-2b"});
  const auto first = region.machine(three_zones, "m0");
  Ec2Region::create(*first);
  CHECK(launches().size() == 3);
  CHECK(first->placement() == "ap-northeast-2c, t2.micro, on demand");

  const auto machines = make_crowd(region, 99);
  Ec2Region::cloud().forget_calls();
  side_by_side(machines, Ec2Region::create);
  CHECK(launches().size() == machines.size());
  CHECK(launches_by_machine().size() == machines.size());
  for (const auto& machine : machines) {
    CHECK(machine->placement() == "ap-northeast-2c, t2.micro, on demand");
  }
  first->remove({});
  remove_all(region, machines);
}

TEST_CASE("a hundred creates at once that know of no sold-out zone try each zone once at most") {
  Ec2Region region("ap-southeast-1");
  sell_out({"ap-southeast-1a", "ap-southeast-1b"});
  const auto machines = make_crowd(region, 100);
  side_by_side(machines, Ec2Region::create);
  const auto tries = launches_by_machine();
  CHECK(tries.size() == machines.size());
  for (const auto& [machine, count] : tries) {
    INFO(machine);
    CHECK(count <= 3);
  }
  // What was made is all there, and nothing beside it.
  const auto owned = region.machine()->account()->owned({});
  const auto made = [&](ResourceKind kind) {
    return std::ranges::count(owned, kind, &OwnedResource::kind);
  };
  CHECK(made(ResourceKind::instance) == 100);
  CHECK(made(ResourceKind::key_pair) == 100);
  CHECK(made(ResourceKind::security_group) == 1);
  CHECK(owned.size() == 201);
  for (const auto& machine : machines) {
    CHECK(machine->placement() == "ap-southeast-1c, t2.micro, on demand");
  }
  remove_all(region, machines);
}

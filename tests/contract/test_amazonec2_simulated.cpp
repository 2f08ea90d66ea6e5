// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// The driver, with its own transport, against the strict cloud, whose judge knows AWS's model.
#include "tests/contract/amazonec2_simulation.hpp"

#include <algorithm>
#include <chrono>

using namespace dmachine;
using namespace dmachine::test;

namespace {

SimulatedCloud& simulated() {
  return Ec2Region::cloud();
}

std::vector<std::string> kinds_of(const std::vector<OwnedResource>& resources) {
  std::vector<std::string> kinds;
  for (const auto& one : resources) {
    kinds.emplace_back(std::string(to_string(one.kind)) + " of " +
                       (one.machine.empty() ? "all" : one.machine));
  }
  return kinds;
}

using Kinds = std::vector<std::string>;

}  // namespace

TEST_CASE("all that a create makes is owned, and gc's order deletes it") {
  Ec2Region region("us-west-2");
  const auto machine = region.machine({{"amazonec2-request-spot-instance", "true"}});
  Ec2Region::create(*machine);
  const auto account = machine->account();
  auto owned = account->owned({});
  CHECK(kinds_of(owned) == Kinds{"instance of m1", "key pair of m1", "security group of all"});
  for (const auto& one : owned) {
    CHECK(one.owner == region.owner);
    CHECK((one.made_at || one.kind == ResourceKind::security_group));
  }
  CHECK_THROWS_WITH(account->erase({}, owned.back()), ContainsSubstring("DependencyViolation"));
  for (const auto& one : owned) {
    account->erase({}, one);
    CHECK(account->erase({}, one) == Erasure::gone);  // not there any more: as well
  }
  CHECK(account->owned({}).empty());
}

TEST_CASE("a thousand resources of others cost six calls in all and are not touched") {
  Ec2Region region("eu-west-1");
  simulated().make_it("add_strangers", Json{{"count", 500}, {"region", region.name}});
  simulated().make_it("add_strangers",
                      Json{{"count", 500}, {"region", region.name}, {"tags", {{"Name", "m1"}}}});
  const auto machine = region.machine();
  Ec2Region::create(*machine);
  const auto account = machine->account();
  simulated().forget_calls();
  const auto begin = std::chrono::steady_clock::now();
  auto owned = account->owned({});
  const auto took = std::chrono::steady_clock::now() - begin;
  INFO("owned() among 1000 others: "
       << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  CHECK(owned.size() == 3);
  CHECK(simulated().calls("ec2").size() == 6);
  // Another store's are listed, and are not ours.
  simulated().make_it("add_strangers", Json{{"count", 30},
                                            {"region", region.name},
                                            {"tags",
                                             {{"dmachine-machine", "m1"},
                                              {"dmachine-store", "00000000000000ff"},
                                              {"dmachine-create", "00000000000000ee"}}}});
  owned = account->owned({});
  CHECK(owned.size() == 33);
  auto stolen = *std::ranges::find(owned, "00000000000000ff",
                                   [](const auto& one) { return one.owner.store; });
  stolen.owner = region.owner;  // as if its tags had changed since it was listed
  CHECK(account->erase({}, stolen) == Erasure::changed_hands);
  CHECK(account->owned({}).size() == 33);
  machine->remove({});
  CHECK(account->owned({}).size() == 31);  // theirs, and the group of all
}

TEST_CASE("a machine whose file is lost is adopted, and removed with its key pair") {
  Ec2Region region("eu-central-1");
  const auto machine = region.machine({{"amazonec2-zone", "b"}});
  Ec2Region::create(*machine);
  const auto account = machine->account();
  BaseState base;
  base.machine_name = "m1";
  base.store_path = region.store.path().string();
  const Json adopted = account->adopt({}, account->owned({}).front(), base);
  const Json before = machine->to_json();
  for (const auto* key :
       {"IPAddress", "MachineName", "SSHUser", "SSHPort", "Region", "AMI", "KeyName", "InstanceId",
        "InstanceType", "SecurityGroupIds", "VpcId", "SubnetId", "Zone", "ExistingKey", "Owner"}) {
    INFO(key);
    CHECK(adopted[key] == before[key]);
  }
  amazonec2::Amazonec2Driver again(amazonec2::parse_state(adopted));
  CHECK(again.state({}) == State::running);
  again.remove({});
  CHECK(kinds_of(account->owned({})) == Kinds{"security group of all"});
}

TEST_CASE("what the store forgot is found by its tags") {
  Ec2Region region("eu-north-1");
  const auto machine = region.machine({{"amazonec2-request-spot-instance", "true"}});
  Ec2Region::create(*machine);
  auto state = machine->stored();
  state.instance_id.clear();
  state.key_name.clear();
  state.spot_request_id.clear();
  amazonec2::Amazonec2Driver forgetful(amazonec2::parse_state(amazonec2::to_json(state)));
  forgetful.remove({});
  CHECK(kinds_of(machine->account()->owned({})) == Kinds{"security group of all"});
}

TEST_CASE("doctor and create agree on a quota, in each market") {
  const bool spot = GENERATE(false, true);
  const std::string subject = spot ? "quota Standard spot vCPUs in eu-south-1"
                                   : "quota Standard on-demand vCPUs in eu-south-1";
  Ec2Region region("eu-south-1");
  Ec2Region::Flags flags{{"amazonec2-instance-type", "t3.micro"}};
  if (spot) {
    flags.emplace_back("amazonec2-request-spot-instance", "true");
  }
  const auto told = [&] {
    const auto findings = region.machine(flags)->examine({});
    const auto found = std::ranges::find(findings, subject, &Finding::subject);
    REQUIRE(found != findings.end());
    return *found;
  };
  CHECK(told().text == "0 of 5000 in use, 2 wanted");  // never asked for more: AWS's default
  simulated().set(Json{{"quotas", Json{{spot ? "L-34B43A08" : "L-1216C47A", 3}}}});
  CHECK(told().text == "0 of 3 in use, 2 wanted");
  const auto first = region.machine(flags);
  Ec2Region::create(*first);
  CHECK(told().level == Finding::Level::problem);
  CHECK(told().text == "2 of 3 in use, 2 wanted");
  const auto second = region.machine(flags, "m2");
  second->precheck({});
  CHECK_THROWS_WITH(
      second->create({}, [] {}),
      ContainsSubstring(spot ? "MaxSpotInstanceCountExceeded: " : "VcpuLimitExceeded: "));
  second->remove({});
  // The other market has its own.
  flags = {{"amazonec2-instance-type", "t3.micro"}};
  if (!spot) {
    flags.emplace_back("amazonec2-request-spot-instance", "true");
  }
  const auto other = region.machine(flags, "m3");
  Ec2Region::create(*other);
  other->remove({});
  first->remove({});
}

TEST_CASE("without the permission to ask, the quota is unknown and nothing else is lost") {
  Ec2Region region("eu-south-2");
  simulated().make_it("deny", Json{{"arguments", {"servicequotas:GetServiceQuota"}}});
  const auto findings = region.machine()->examine({});
  const auto found = std::ranges::find(findings, "quota", &Finding::subject);
  REQUIRE(found != findings.end());
  CHECK(found->level == Finding::Level::unknown);
  CHECK(found->text == "not allowed to ask Service Quotas");
  CHECK(found->remedy.find("servicequotas:GetServiceQuota") != std::string::npos);
  CHECK(std::ranges::none_of(findings, [](const Finding& one) {
    return one.level == Finding::Level::warning || one.level == Finding::Level::problem;
  }));
  CHECK(simulated().calls("servicequotas").size() == 1);
}

TEST_CASE("an examination asks AWS's questions, and makes nothing") {
  Ec2Region region("ap-south-1");
  const auto machine = region.machine({{"amazonec2-request-spot-instance", "true"},
                                       {"amazonec2-fallback", "on-demand"},
                                       {"amazonec2-zone", "a,b"},
                                       {"amazonec2-instance-type", "m5.large,m5a.large"}});
  for (const auto& finding : machine->examine({})) {
    INFO(finding.subject << ": " << finding.text);
    CHECK((finding.level == Finding::Level::good || finding.level == Finding::Level::unknown));
  }
  simulated().make_it("deny", Json{{"arguments", {"ec2:CreateTags", "ec2:RebootInstances"}}});
  Kinds faults;
  for (const auto& finding : machine->examine({})) {
    if (finding.level == Finding::Level::warning || finding.level == Finding::Level::problem) {
      faults.push_back(finding.subject);
    }
  }
  CHECK(faults == Kinds{"permission ec2:CreateTags", "permission ec2:RebootInstances"});
  CHECK(machine->account()->owned({}).empty());
}

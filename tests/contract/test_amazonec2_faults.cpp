// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Every fault at every call of a create, and then a remove: nothing of ours is left, and nothing
// else is touched.
#include "tests/contract/small_ec2.hpp"

#include <set>

using namespace dmachine;
using namespace dmachine::test;

namespace {

const std::vector<Fault> faults{
    {Fault::Kind::status, 400, "InvalidParameterValue"},
    {Fault::Kind::status, 403, "UnauthorizedOperation"},
    {Fault::Kind::status, 401, "AuthFailure"},
    {Fault::Kind::status, 400, "RequestExpired"},
    {Fault::Kind::status, 503, "RequestLimitExceeded"},
    {Fault::Kind::status, 400, "Throttling"},
    {Fault::Kind::status, 500, "InternalError"},
    {Fault::Kind::status, 500, "InsufficientInstanceCapacity"},
    {Fault::Kind::status, 502, ""},
    {Fault::Kind::status, 400, "InvalidGroup.NotFound"},
    {Fault::Kind::status, 400, "InvalidGroup.Duplicate"},
    {Fault::Kind::status, 400, "InvalidPermission.Duplicate"},
    {Fault::Kind::status, 400, "InvalidKeyPair.NotFound"},
    {Fault::Kind::status, 400, "InvalidInstanceID.NotFound"},
    {Fault::Kind::lost_before, 0, ""},
    {Fault::Kind::lost_after, 0, ""},
    {Fault::Kind::killed_before, 0, ""},
    {Fault::Kind::killed_after, 0, ""},
    {Fault::Kind::killed_in_flight, 0, ""},
};

const Ec2Machine::Flags own_group{{"amazonec2-security-group", "mine"}};

int calls_of_a_good_create() {
  SmallEc2 cloud;
  Ec2Machine machine(cloud, own_group);
  machine.create();
  CHECK(cloud.running() == std::set<std::string>{"i-1"});
  return cloud.calls;
}

}  // namespace

TEST_CASE("after any fault or kill at any call of create, remove leaves nothing") {
  const int calls = calls_of_a_good_create();
  REQUIRE(calls >= 8);
  int cases = 0;
  for (int call = 0; call < calls; ++call) {
    for (const auto& fault : faults) {
      for (const bool tries_again : {false, true}) {
        INFO("call " << call << ", status " << fault.status << " " << fault.code << ", kind "
                     << static_cast<int>(fault.kind) << ", tried again: " << tries_again);
        SmallEc2 cloud;
        cloud.groups["docker-machine"] = {};
        cloud.key_pairs.insert("somebody's");
        cloud.faulty_call = call;
        cloud.fault = fault;
        auto flags = own_group;
        flags.emplace_back("amazonec2-retries", tries_again ? "5" : "0");
        Ec2Machine machine(cloud, flags);
        bool saved = false;
        bool killed = false;
        try {
          machine->precheck({});
          machine.checkpoint()();
          saved = true;
          machine->create({}, machine.checkpoint());
          machine.checkpoint()();
        } catch (const Error&) {
          if (saved) {
            machine.checkpoint()();
          }
        } catch (const Killed&) {
          killed = true;
        }
        ++cases;
        if (!saved) {
          continue;  // nothing in the store, nothing made
        }
        const bool done = machine.saved.back().value("InstanceId", "") != "" &&
                          !machine.saved.back().contains("PendingCreate");
        cloud.faulty_call = -1;
        if (fault.kind == Fault::Kind::killed_in_flight) {
          machine.in_flight = std::chrono::minutes(5);
        }
        machine.reopen();
        machine->remove({});
        cloud.let_arrive();
        CHECK(cloud.running().empty());
        CHECK(cloud.key_pairs == std::set<std::string>{"somebody's"});
        CHECK(cloud.groups.contains("docker-machine"));
        // A finished machine's group stays, as in the reference.
        CHECK((done || killed || !cloud.groups.contains("mine") || machine.saved.empty()));
        if (killed && !done) {
          CHECK_FALSE(cloud.groups.contains("mine"));
        }
      }
    }
  }
  INFO("cases: " << cases);
  CHECK(cases > 200);
}

TEST_CASE("a retried launch carries its token, so there is one instance") {
  SmallEc2 cloud;
  Ec2Machine machine(cloud);
  cloud.fault = {Fault::Kind::lost_after, 0, ""};
  cloud.faulty_call = calls_of_a_good_create() - 2;
  machine.create();
  CHECK(cloud.actions[cloud.actions.size() - 2] == "RunInstances");
  CHECK(cloud.instances.size() == 1);
}

TEST_CASE("after any fault at any call of remove, it throws or is done, and a second remove is") {
  for (int call = 0; call < 2; ++call) {
    for (const auto& fault : faults) {
      if (fault.kind >= Fault::Kind::killed_before) {
        continue;
      }
      INFO("call " << call << ", status " << fault.status << " " << fault.code);
      SmallEc2 cloud;
      Ec2Machine machine(cloud, {{"amazonec2-retries", "0"}});
      machine.create();
      cloud.calls = 0;
      cloud.faulty_call = call;
      cloud.fault = fault;
      // A wrong "not found" cannot be told from a right one.
      const bool lies = fault.code.find("NotFound") != std::string::npos;
      try {
        machine->remove({});
        CHECK((lies || (cloud.running().empty() && cloud.key_pairs.empty())));
      } catch (const Error&) {
        cloud.faulty_call = -1;
        machine->remove({});
        CHECK(cloud.running().empty());
        CHECK(cloud.key_pairs.empty());
      }
    }
  }
}

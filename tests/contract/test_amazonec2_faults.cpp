// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Every fault at every call of a create, and then a remove: nothing of ours is left, and nothing
// else is touched.
#include "tests/contract/amazonec2_fixture.hpp"

#include <set>

using namespace dmachine;
using namespace dmachine::test;

namespace {

struct Fault {
  enum class Kind {
    status,
    lost_before,
    lost_after,
    killed_before,
    killed_after
  } kind = Kind::status;
  int status = 0;
  std::string code;
};

/// What SIGKILL is to the process: nothing runs after it.
class Killed : public std::exception {};

/// As much of EC2 as one create and remove need. Instances run at once.
class SmallEc2 final : public cloud::Transport {
 public:
  std::map<std::string, std::string> instances;  // client token by id
  std::set<std::string> key_pairs;
  std::map<std::string, Parameters> groups;  // how they were made, by name
  std::set<std::string> terminated;
  int calls = 0;
  int faulty_call = -1;  // from 0
  Fault fault;
  std::vector<std::string> actions;

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    const int call = calls++;
    if (call != faulty_call) {
      return answer_to(request);
    }
    using Kind = Fault::Kind;
    if (fault.kind == Kind::status) {
      return {fault.status, {}, refusal(fault.code)};
    }
    if (fault.kind == Kind::lost_after || fault.kind == Kind::killed_after) {
      answer_to(request);
    }
    if (fault.kind == Kind::killed_before || fault.kind == Kind::killed_after) {
      throw Killed();
    }
    throw cloud::TransportError(Errc::unavailable, "reset by peer", true);
  }

  std::set<std::string> running() const {
    std::set<std::string> ids;
    for (const auto& [id, token] : instances) {
      if (!terminated.contains(id)) {
        ids.insert(id);
      }
    }
    return ids;
  }

 private:
  cloud::HttpReply refuse(const std::string& code) { return {400, {}, refusal(code)}; }

  cloud::HttpReply answer_to(const cloud::HttpRequest& request) {
    auto p = form(request.body);
    const std::string action = p["Action"];
    actions.push_back(action);
    if (action == "DescribeSubnets") {
      return {200, {}, subnets_answer};
    }
    if (action == "DescribeImages") {
      return {200, {}, images_answer()};
    }
    if (action == "ImportKeyPair") {
      return key_pairs.insert(p["KeyName"]).second ? ok(action)
                                                   : refuse("InvalidKeyPair.Duplicate");
    }
    if (action == "DeleteKeyPair") {
      key_pairs.erase(p["KeyName"]);
      return ok(action);
    }
    if (action.find("SecurityGroup") != std::string::npos) {
      return group_call(action, p);
    }
    return instance_call(action, p);
  }

  static cloud::HttpReply ok(const std::string& action) {
    return {200, {}, answer(action, "<return>true</return>")};
  }

  cloud::HttpReply group_call(const std::string& action, Parameters& p) {
    if (action == "DescribeSecurityGroups") {
      std::string items;
      for (const auto& [name, made] : groups) {
        if (p["Filter.1.Name"] == "group-name" && p["Filter.1.Value.1"] != name) {
          continue;
        }
        std::string tags;
        for (int i = 1; made.contains("TagSpecification.1.Tag." + std::to_string(i) + ".Key");
             ++i) {
          const auto tag = "TagSpecification.1.Tag." + std::to_string(i);
          tags += "<item><key>" + made.at(tag + ".Key") + "</key><value>" +
                  made.at(tag + ".Value") + "</value></item>";
        }
        items += "<item><groupId>sg-" + name + "</groupId><groupName>" + name +
                 "</groupName><vpcId>vpc-1</vpcId><tagSet>" + tags + "</tagSet></item>";
      }
      return {200, {}, answer(action, "<securityGroupInfo>" + items + "</securityGroupInfo>")};
    }
    if (action == "CreateSecurityGroup") {
      if (!groups.try_emplace(p["GroupName"], p).second) {
        return refuse("InvalidGroup.Duplicate");
      }
      return {200, {}, answer(action, "<groupId>sg-" + p["GroupName"] + "</groupId>")};
    }
    if (action == "DeleteSecurityGroup") {
      groups.erase(p["GroupId"].substr(3));
    }
    return ok(action);
  }

  cloud::HttpReply instance_call(const std::string& action, Parameters& p) {
    if (action == "RunInstances") {
      CHECK_FALSE(p["ClientToken"].empty());
      std::string id;
      for (const auto& [known, token] : instances) {
        id = token == p["ClientToken"] ? known : id;
      }
      id = id.empty() ? "i-" + std::to_string(instances.size() + 1) : id;
      instances[id] = p["ClientToken"];
      return {200, {}, answer(action, "<instancesSet>" + item(id) + "</instancesSet>")};
    }
    const std::string wanted = p["InstanceId.1"];
    if (action == "DescribeInstances" && wanted.empty()) {
      CHECK(p["Filter.1.Name"] == "client-token");
      std::string items;
      for (const auto& [id, token] : instances) {
        items += token == p["Filter.1.Value.1"] ? item(id) : "";
      }
      return {200, {}, test::instances(items)};
    }
    CHECK_FALSE(wanted.empty());
    if (action == "CancelSpotInstanceRequests") {
      return ok(action);
    }
    if (!instances.contains(wanted)) {
      return refuse("InvalidInstanceID.NotFound");
    }
    if (action == "TerminateInstances") {
      terminated.insert(wanted);
      return ok(action);
    }
    return {200, {}, test::instances(item(wanted))};
  }

  std::string item(const std::string& id) const {
    return instance_item(terminated.contains(id) ? "terminated" : "running", id);
  }
};

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
        machine.reopen();
        machine->remove({});
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

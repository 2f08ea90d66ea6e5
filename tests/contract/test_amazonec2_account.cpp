// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What dmachine made in an account: found by its tags, deleted in order, and nobody else's.
#include "core/error.hpp"
#include "tests/contract/amazonec2_fixture.hpp"

#include <algorithm>

using namespace dmachine;
using namespace dmachine::test;

namespace {

Exchange& expect(MemoryTransport& cloud, const Parameters& parameters) {
  return cloud.expect("POST", ec2_url)
      .any_body()
      .check([parameters](const cloud::HttpRequest& request) { check_form(request, parameters); });
}

Parameters listing(const std::string& action) {
  return {{"Action", action}, {"Filter.1.Name", "tag-key"}, {"Filter.1.Value.1", "dmachine-store"}};
}
Parameters by_id(const std::string& action, const std::string& filter, const std::string& id) {
  return {{"Action", action}, {"Filter.1.Name", filter}, {"Filter.1.Value.1", id}};
}

std::string tag_set(const std::string& machine = "m1", const Owner& whose = owner) {
  const auto item = [](const std::string& key, const std::string& value) {
    return "<item><key>" + key + "</key><value>" + value + "</value></item>";
  };
  return "<tagSet>" + (machine.empty() ? "" : item("dmachine-machine", machine)) +
         item("dmachine-store", whose.store) + item("dmachine-create", whose.create) + "</tagSet>";
}

std::string tagged_instance(const std::string& state, const std::string& id = "i-1",
                            const std::string& more = "") {
  return instance_item(state, id,
                       "<launchTime>2026-01-01T00:00:10.000Z</launchTime><placement>"
                       "<availabilityZone>us-east-1b</availabilityZone></placement>" +
                           more + tag_set());
}

std::string disk(const std::string& id, const std::string& instance, const std::string& goes) {
  return "<item><volumeId>" + id +
         "</volumeId><availabilityZone>us-east-1b</availabilityZone>"
         "<createTime>2026-01-01T00:00:11.000Z</createTime><attachmentSet>" +
         (instance.empty()
              ? ""
              : "<item><instanceId>" + instance + "</instanceId><deleteOnTermination>" + goes +
                    "</deleteOnTermination></item>") +
         "</attachmentSet>" + tag_set() + "</item>";
}

std::string interface(const std::string& id, const std::string& instance) {
  return "<item><networkInterfaceId>" + id +
         "</networkInterfaceId><availabilityZone>us-east-1b</availabilityZone>" +
         (instance.empty() ? ""
                           : "<attachment><instanceId>" + instance +
                                 "</instanceId><deleteOnTermination>true</deleteOnTermination>"
                                 "</attachment>") +
         tag_set() + "</item>";
}

std::string spot_request(const std::string& id, const std::string& state,
                         const std::string& instance, const std::string& type = "one-time") {
  return "<item><spotInstanceRequestId>" + id + "</spotInstanceRequestId><state>" + state +
         "</state><type>" + type + "</type>" +
         (instance.empty() ? "" : "<instanceId>" + instance + "</instanceId>") +
         "<createTime>2026-01-01T00:00:09.000Z</createTime>" + tag_set() + "</item>";
}

std::string group(const std::string& id, const std::string& name, const std::string& machine) {
  return answer("DescribeSecurityGroups", "<securityGroupInfo><item><groupId>" + id +
                                              "</groupId><groupName>" + name +
                                              "</groupName><vpcId>vpc-1</vpcId>" +
                                              tag_set(machine) + "</item></securityGroupInfo>");
}

OwnedResource resource(ResourceKind kind, const std::string& id) {
  OwnedResource one;
  one.kind = kind;
  one.id = id;
  one.machine = "m1";
  one.owner = owner;
  return one;
}

std::string told(const OwnedResource& one) {
  return std::string(to_string(one.kind)) + " " + one.id + " " + one.place + " " + one.machine +
         " " + std::string(to_string(one.cost));
}

/// The account of a machine, its requests in a fixed order.
using Flags = Ec2Machine::Flags;

struct Setting {
  explicit Setting(const Ec2Machine::Flags& flags = {}) : machine(cloud, flags) {
    account = machine->account();
  }
  MemoryTransport cloud;
  Ec2Machine machine;
  std::unique_ptr<Account> account;
};

}  // namespace

TEST_CASE(
    "an account is named by its region, a key given by itself, and an endpoint of one's own") {
  CHECK(Setting().account->name() == "region us-east-1, access key AKIDEXAMPLE");
  CHECK(Setting(Flags{{"amazonec2-endpoint", "https://localhost:5000"}}).account->name() ==
        "region us-east-1, access key AKIDEXAMPLE, endpoint https://localhost:5000/");
  amazonec2::StoredState state;
  state.region = "cn-north-1";
  state.access_key = "AK";
  state.keys_from_environment = true;
  CHECK(amazonec2::Amazonec2Driver(state).account()->name() == "region cn-north-1");
}

TEST_CASE("owned lists what carries the store's tag, page by page, and what goes together once") {
  Setting setting;
  auto& cloud = setting.cloud;
  const auto page = [](const std::string& items, const std::string& next) {
    return answer("DescribeInstances", "<reservationSet><item><instancesSet>" + items +
                                           "</instancesSet></item></reservationSet>" + next);
  };
  expect(cloud, listing("DescribeVolumes"))
      .reply(200,
             answer("DescribeVolumes",
                    "<volumeSet>" + disk("vol-1", "i-1", "true") + disk("vol-2", "i-1", "false") +
                        disk("vol-3", "i-3", "true") + disk("vol-4", "", "") + "</volumeSet>"));
  expect(cloud, listing("DescribeKeyPairs"))
      .reply(200, answer("DescribeKeyPairs",
                         "<keySet><item><keyPairId>key-1</keyPairId><keyName>m1-x</keyName>"
                         "<createTime>2026-01-01T00:00:01.000Z</createTime>" +
                             tag_set() + "</item></keySet>"));
  expect(cloud, listing("DescribeSecurityGroups")).reply(200, group("sg-1", "docker-machine", ""));
  expect(cloud, listing("DescribeSpotInstanceRequests"))
      .reply(200,
             answer("DescribeSpotInstanceRequests",
                    "<spotInstanceRequestSet>" + spot_request("sir-1", "active", "i-1") +
                        spot_request("sir-2", "open", "") + spot_request("sir-3", "closed", "i-2") +
                        spot_request("sir-4", "active", "i-4", "persistent") +
                        "</spotInstanceRequestSet>"));
  expect(cloud, listing("DescribeNetworkInterfaces"))
      .reply(200, answer("DescribeNetworkInterfaces",
                         "<networkInterfaceSet>" + interface("eni-1", "i-1") +
                             interface("eni-2", "") + "</networkInterfaceSet>"));
  expect(cloud, listing("DescribeInstances"))
      .reply(200, page(tagged_instance("running") + tagged_instance("terminated", "i-2"),
                       "<nextToken>T</nextToken>"));
  auto second = listing("DescribeInstances");
  second["NextToken"] = "T";
  expect(cloud, second)
      .reply(200,
             page(tagged_instance("shutting-down", "i-3") + tagged_instance("stopped", "i-4"), ""));
  const auto found = setting.account->owned({});
  std::vector<std::string> lines;
  for (const auto& one : found) {
    lines.push_back(told(one));
    CHECK(one.owner == owner);
  }
  CHECK(lines == std::vector<std::string>{
                     "spot request sir-2 us-east-1 m1 computing",
                     "spot request sir-4 us-east-1 m1 computing",
                     "instance i-1 us-east-1b m1 computing",
                     "instance i-4 us-east-1b m1 storage",
                     "network interface eni-2 us-east-1b m1 none",
                     "disk vol-2 us-east-1b m1 storage",
                     "disk vol-4 us-east-1b m1 storage",
                     "key pair key-1 us-east-1 m1 none",
                     "security group sg-1 us-east-1  none",
                 });
  CHECK(found[2].made_at == 1767225610);
  CHECK_FALSE(found.back().made_at);
}

TEST_CASE("a list that is refused is no short list") {
  Setting setting(Flags{{"amazonec2-retries", "0"}});
  expect(setting.cloud, listing("DescribeVolumes")).reply(403, refusal("UnauthorizedOperation"));
  for (const auto* action : {"DescribeKeyPairs", "DescribeSecurityGroups",
                             "DescribeSpotInstanceRequests", "DescribeNetworkInterfaces"}) {
    expect(setting.cloud, listing(action)).reply(200, answer(action));
  }
  CHECK_THROWS_WITH(setting.account->owned({}), ContainsSubstring("UnauthorizedOperation"));
}

TEST_CASE(
    "a machine's key that is out of use gives way to keys at hand, of the same account only") {
  const ScopedEnv id("AWS_ACCESS_KEY_ID", "AKIATODAY");
  const ScopedEnv secret("AWS_SECRET_ACCESS_KEY", "S");
  const ScopedEnv token("AWS_SESSION_TOKEN", "");
  const auto signed_by = [](const std::string& key) {
    return [key](const cloud::HttpRequest& request) {
      CHECK(std::ranges::any_of(request.headers, [&](const auto& header) {
        return header.second.find("Credential=" + key + "/") != std::string::npos;
      }));
    };
  };
  const std::string rotated = "AKIAQNZGKIQY56JQ7WML";
  for (const std::string account : {"029608264753", "609629065308"}) {
    Setting setting(Flags{{"amazonec2-access-key", rotated}, {"amazonec2-retries", "0"}});
    for (int i = 0; i < 5; ++i) {
      setting.cloud.expect("POST", ec2_url)
          .any_body()
          .check(signed_by(rotated))
          .reply(401, refusal("AuthFailure"));
    }
    setting.cloud.expect("POST", "https://sts.us-east-1.amazonaws.com/")
        .any_body()
        .check(signed_by("AKIATODAY"))
        .reply(200,
               "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" + account +
                   ":user/u</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>");
    if (account == "609629065308") {
      CHECK_THROWS_WITH(setting.account->owned({}),
                        ContainsSubstring("AuthFailure") &&
                            ContainsSubstring("the credentials at hand are of account "
                                              "609629065308, access key AKIAQNZGKIQY56JQ7WML is of "
                                              "029608264753"));
      continue;
    }
    const auto name = setting.account->name();
    for (int i = 0; i < 6; ++i) {
      setting.cloud.expect("POST", ec2_url)
          .any_body()
          .check(signed_by("AKIATODAY"))
          .reply(200, answer("DescribeSomething"));
    }
    CHECK(setting.account->owned({}).empty());
    CHECK(setting.account->name() == name);
  }
}

TEST_CASE("an instance is terminated, and awaited") {
  Setting setting;
  const auto look = by_id("DescribeInstances", "instance-id", "i-1");
  expect(setting.cloud, look).reply(200, instances(tagged_instance("running")));
  expect(setting.cloud, {{"Action", "TerminateInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, answer("TerminateInstances"));
  expect(setting.cloud, look).reply(200, instances(tagged_instance("shutting-down")));
  expect(setting.cloud, look).reply(200, instances(tagged_instance("terminated")));
  setting.account->erase({}, resource(ResourceKind::instance, "i-1"));
}

TEST_CASE("what has other tags by now is left alone, and what is gone is done") {
  const auto other = "<tagSet><item><key>dmachine-machine</key><value>m1</value></item></tagSet>";
  const std::vector<std::pair<std::string, Erasure>> cases{
      {instances(instance_item("running", "i-1", other)), Erasure::changed_hands},
      {instances(instance_item("running", "i-1", tag_set("m2"))), Erasure::changed_hands},
      {instances(instance_item("running", "i-1", tag_set("m1", {owner.store, "new"}))),
       Erasure::changed_hands},
      {instances(""), Erasure::gone}};
  for (const auto& [found, end] : cases) {
    Setting setting;
    expect(setting.cloud, by_id("DescribeInstances", "instance-id", "i-1")).reply(200, found);
    CHECK(setting.account->erase({}, resource(ResourceKind::instance, "i-1")) == end);
  }
}

TEST_CASE("each kind is looked at once more and deleted by its id; what is in use is a conflict") {
  struct Case {
    ResourceKind kind;
    std::string id;
    std::string look;
    std::string filter;
    std::string found;
    Parameters erase;
    std::string gone;
    std::string in_use;
  };
  const std::vector<Case> cases{
      {ResourceKind::disk,
       "vol-1",
       "DescribeVolumes",
       "volume-id",
       "<volumeSet>" + disk("vol-1", "", "") + "</volumeSet>",
       {{"Action", "DeleteVolume"}, {"VolumeId", "vol-1"}},
       "InvalidVolume.NotFound",
       "VolumeInUse"},
      {ResourceKind::network_interface,
       "eni-1",
       "DescribeNetworkInterfaces",
       "network-interface-id",
       "<networkInterfaceSet>" + interface("eni-1", "") + "</networkInterfaceSet>",
       {{"Action", "DeleteNetworkInterface"}, {"NetworkInterfaceId", "eni-1"}},
       "InvalidNetworkInterfaceID.NotFound",
       "InvalidParameterValue"},
      {ResourceKind::spot_request,
       "sir-1",
       "DescribeSpotInstanceRequests",
       "spot-instance-request-id",
       "<spotInstanceRequestSet>" + spot_request("sir-1", "open", "") + "</spotInstanceRequestSet>",
       {{"Action", "CancelSpotInstanceRequests"}, {"SpotInstanceRequestId.1", "sir-1"}},
       "InvalidSpotInstanceRequestID.NotFound",
       ""},
      {ResourceKind::key_pair,
       "key-1",
       "DescribeKeyPairs",
       "key-pair-id",
       "<keySet><item><keyPairId>key-1</keyPairId>" + tag_set() + "</item></keySet>",
       {{"Action", "DeleteKeyPair"}, {"KeyPairId", "key-1"}},
       "InvalidKeyPair.NotFound",
       ""},
  };
  for (const auto& one : cases) {
    INFO(one.id);
    Setting setting;
    const auto look = by_id(one.look, one.filter, one.id);
    const auto found = answer(one.look, one.found);
    const auto target = resource(one.kind, one.id);
    expect(setting.cloud, look).reply(200, found);
    expect(setting.cloud, one.erase).reply(200, answer(one.erase.at("Action")));
    setting.account->erase({}, target);
    expect(setting.cloud, look).reply(200, found);
    expect(setting.cloud, one.erase).reply(400, refusal(one.gone));
    setting.account->erase({}, target);
    if (!one.in_use.empty()) {
      expect(setting.cloud, look).reply(200, found);
      expect(setting.cloud, one.erase).reply(400, refusal(one.in_use));
      try {
        setting.account->erase({}, target);
        FAIL("no failure");
      } catch (const Error& error) {
        CHECK(error.code() == Errc::conflict);
        CHECK(
            std::string(error.what())
                .starts_with(std::string(to_string(one.kind)) + " " + one.id + ": " + one.in_use));
      }
    }
  }
}

TEST_CASE("a group that others' instances use is left; one that an ended instance leaves is not") {
  Setting setting;
  auto target = resource(ResourceKind::security_group, "sg-1");
  target.machine = "";
  const auto look = by_id("DescribeSecurityGroups", "group-id", "sg-1");
  const Parameters erase{{"Action", "DeleteSecurityGroup"}, {"GroupId", "sg-1"}};
  const Parameters users{{"Action", "DescribeInstances"},  {"Filter.1.Name", "instance.group-id"},
                         {"Filter.1.Value.1", "sg-1"},     {"Filter.2.Name", "instance-state-name"},
                         {"Filter.2.Value.1", "pending"},  {"Filter.2.Value.2", "running"},
                         {"Filter.2.Value.3", "stopping"}, {"Filter.2.Value.4", "stopped"}};
  const auto found = group("sg-1", "docker-machine", "");
  expect(setting.cloud, look).reply(200, found);
  expect(setting.cloud, erase).reply(400, refusal("DependencyViolation"));
  expect(setting.cloud, users).reply(200, instances(instance_item("running", "i-9")));
  try {
    setting.account->erase({}, target);
    FAIL("no failure");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::conflict);
  }
  expect(setting.cloud, look).reply(200, found);
  expect(setting.cloud, erase).reply(400, refusal("DependencyViolation"));
  expect(setting.cloud, users).reply(200, instances(""));
  expect(setting.cloud, erase).reply(200, answer("DeleteSecurityGroup"));
  setting.account->erase({}, target);
}

TEST_CASE("an adopted machine is known again, and removed with its own key pair") {
  Setting setting;
  const auto item = tagged_instance(
      "running", "i-1",
      "<instanceType>m5.large</instanceType><imageId>ami-9</imageId><keyName>m1-x</keyName>"
      "<subnetId>subnet-9</subnetId><vpcId>vpc-9</vpcId><instanceLifecycle>spot</instanceLifecycle>"
      "<spotInstanceRequestId>sir-9</spotInstanceRequestId><groupSet><item><groupId>sg-9</groupId>"
      "<groupName>g</groupName></item></groupSet>");
  expect(setting.cloud, {{"Action", "DescribeInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, instances(item));
  expect(setting.cloud, by_id("DescribeKeyPairs", "key-name", "m1-x"))
      .reply(200, answer("DescribeKeyPairs", "<keySet><item><keyPairId>key-1</keyPairId>" +
                                                 tag_set() + "</item></keySet>"));
  BaseState base;
  base.machine_name = "m1";
  base.store_path = setting.machine.store().path().string();
  const auto json = setting.account->adopt({}, resource(ResourceKind::instance, "i-1"), base);
  CHECK(json["MachineName"] == "m1");
  CHECK(json["InstanceId"] == "i-1");
  CHECK(json["InstanceType"] == "m5.large");
  CHECK(json["AMI"] == "ami-9");
  CHECK(json["Zone"] == "b");
  CHECK(json["SubnetId"] == "subnet-9");
  CHECK(json["VpcId"] == "vpc-9");
  CHECK(json["IPAddress"] == "198.51.100.7");
  CHECK(json["SSHUser"] == "ubuntu");
  CHECK(json["SecurityGroupIds"] == Json::array({"sg-9"}));
  CHECK(json["Owner"] == Json{{"Store", owner.store}, {"Create", owner.create}});
  CHECK_FALSE(json.contains("PendingCreate"));
  setting.machine.open(amazonec2::parse_state(json));
  expect(setting.cloud, {{"Action", "TerminateInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, answer("TerminateInstances"));
  expect(setting.cloud,
         {{"Action", "CancelSpotInstanceRequests"}, {"SpotInstanceRequestId.1", "sir-9"}})
      .reply(200, answer("CancelSpotInstanceRequests"));
  expect(setting.cloud, {{"Action", "DeleteKeyPair"}, {"KeyName", "m1-x"}})
      .reply(200, answer("DeleteKeyPair"));
  setting.machine->remove({});
}

TEST_CASE("remove finds by its tags what the store forgot") {
  Setting setting;
  auto state = setting.machine->stored();
  state.pending.reset();
  state.key_name.clear();
  state.request_spot = true;
  setting.machine.open(amazonec2::parse_state(amazonec2::to_json(state)));
  Parameters made_by{{"Filter.1.Name", "tag:dmachine-machine"}, {"Filter.1.Value.1", "m1"},
                     {"Filter.2.Name", "tag:dmachine-store"},   {"Filter.2.Value.1", owner.store},
                     {"Filter.3.Name", "tag:dmachine-create"},  {"Filter.3.Value.1", owner.create}};
  const auto with = [&](const std::string& action, Parameters more = {}) {
    more["Action"] = action;
    more.insert(made_by.begin(), made_by.end());
    return more;
  };
  auto& cloud = setting.cloud;
  expect(cloud, with("DescribeInstances", {{"Filter.4.Name", "instance-state-name"},
                                           {"Filter.4.Value.1", "pending"},
                                           {"Filter.4.Value.2", "running"},
                                           {"Filter.4.Value.3", "stopping"},
                                           {"Filter.4.Value.4", "stopped"}}))
      .reply(200, instances(tagged_instance("running") + tagged_instance("running", "i-2")));
  expect(cloud, {{"Action", "TerminateInstances"}, {"InstanceId.1", "i-2"}})
      .reply(200, answer("TerminateInstances"));
  expect(cloud, {{"Action", "TerminateInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, answer("TerminateInstances"));
  expect(cloud, with("DescribeSpotInstanceRequests"))
      .reply(200, answer("DescribeSpotInstanceRequests",
                         "<spotInstanceRequestSet>" + spot_request("sir-1", "open", "") +
                             spot_request("sir-2", "closed", "") + "</spotInstanceRequestSet>"));
  expect(cloud, {{"Action", "CancelSpotInstanceRequests"}, {"SpotInstanceRequestId.1", "sir-1"}})
      .reply(200, answer("CancelSpotInstanceRequests"));
  expect(cloud, with("DescribeKeyPairs"))
      .reply(200, answer("DescribeKeyPairs",
                         "<keySet><item><keyPairId>key-1</keyPairId></item></keySet>"));
  expect(cloud, {{"Action", "DeleteKeyPair"}, {"KeyPairId", "key-1"}})
      .reply(200, answer("DeleteKeyPair"));
  setting.machine->remove({});
}

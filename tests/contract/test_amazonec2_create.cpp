// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "tests/contract/amazonec2_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// Expects a call with exactly these parameters.
Exchange& expect(MemoryTransport& cloud, const Parameters& parameters,
                 const std::string& url = ec2_url) {
  return cloud.expect("POST", url)
      .any_body()
      .check([parameters](const cloud::HttpRequest& request) { check_form(request, parameters); });
}

const Parameters default_subnet{{"Action", "DescribeSubnets"},
                                {"Filter.1.Name", "availability-zone"},
                                {"Filter.1.Value.1", "us-east-1a"},
                                {"Filter.2.Name", "default-for-az"},
                                {"Filter.2.Value.1", "true"}};
const Parameters given_image{{"Action", "DescribeImages"}, {"ImageId.1", "ami-1"}};
const Parameters default_group{{"Action", "DescribeSecurityGroups"},
                               {"Filter.1.Name", "group-name"},
                               {"Filter.1.Value.1", "docker-machine"},
                               {"Filter.2.Name", "vpc-id"},
                               {"Filter.2.Value.1", "vpc-1"}};
const Ec2Machine::Flags with_ami{{"amazonec2-ami", "ami-1"}};

void precheck(MemoryTransport& cloud, Ec2Machine& machine) {
  expect(cloud, default_subnet).reply(200, subnets_answer);
  expect(cloud, given_image).reply(200, images_answer());
  machine->precheck({});
}

void until_run(MemoryTransport& cloud) {
  expect(cloud, default_group).reply(200, groups_answer());
  cloud.expect("POST", ec2_url).any_body().reply(200, answer("ImportKeyPair"));
}

std::string run_answer(const std::string& more = "") {
  return answer("RunInstances",
                "<instancesSet>" + instance_item("pending", "i-1", more) + "</instancesSet>");
}

template <typename Work>
Error failure_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no failure");
  throw;
}

}  // namespace

TEST_CASE("a create sends these requests, signed, and no others") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, with_ami);
  precheck(cloud, machine);
  const auto key = machine.key_name();
  CHECK(key.starts_with("m1-"));
  const std::string mark = "{any}";
  expect(cloud, default_group)
      .check([](const cloud::HttpRequest& request) {
        const auto header = [&](const char* name) {
          return cloud::HttpReply{0, request.headers, {}}.header(name).value_or("");
        };
        CHECK(header("Content-Type") == "application/x-www-form-urlencoded; charset=utf-8");
        CHECK_THAT(header("Authorization"),
                   ContainsSubstring("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
        CHECK_THAT(header("Authorization"), ContainsSubstring("/us-east-1/ec2/aws4_request"));
        CHECK(request.body.find("planted-secret") == std::string::npos);
      })
      .reply(200, groups_answer("22"));
  expect(cloud, {{"Action", "AuthorizeSecurityGroupIngress"},
                 {"GroupId", "sg-00000001"},
                 {"IpPermissions.1.FromPort", "2376"},
                 {"IpPermissions.1.ToPort", "2376"},
                 {"IpPermissions.1.IpProtocol", "tcp"},
                 {"IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"}})
      .reply(200, answer("AuthorizeSecurityGroupIngress"));
  const auto tags = [&](Parameters parameters, const std::vector<std::string>& types) {
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto prefix = "TagSpecification." + std::to_string(i + 1) + ".";
      parameters[prefix + "ResourceType"] = types[i];
      parameters[prefix + "Tag.1.Key"] = "Name";
      parameters[prefix + "Tag.1.Value"] = "m1";
      parameters[prefix + "Tag.2.Key"] = "dmachine-machine";
      parameters[prefix + "Tag.2.Value"] = "m1";
      parameters[prefix + "Tag.3.Key"] = "dmachine-store";
      parameters[prefix + "Tag.3.Value"] = owner.store;
      parameters[prefix + "Tag.4.Key"] = "dmachine-create";
      parameters[prefix + "Tag.4.Value"] = owner.create;
    }
    return parameters;
  };
  expect(cloud, tags({{"Action", "ImportKeyPair"}, {"KeyName", key}, {"PublicKeyMaterial", mark}},
                     {"key-pair"}))
      .reply(200, answer("ImportKeyPair"));
  const std::string device = "BlockDeviceMapping.1.";
  expect(cloud, tags({{"Action", "RunInstances"},
                      {"ClientToken", mark},
                      {"ImageId", "ami-1"},
                      {"InstanceType", "t2.micro"},
                      {"KeyName", key},
                      {"MinCount", "1"},
                      {"MaxCount", "1"},
                      {device + "DeviceName", "/dev/xvda"},
                      {device + "Ebs.DeleteOnTermination", "true"},
                      {device + "Ebs.VolumeSize", "16"},
                      {device + "Ebs.VolumeType", "gp2"},
                      {"NetworkInterface.1.DeviceIndex", "0"},
                      {"NetworkInterface.1.AssociatePublicIpAddress", "true"},
                      {"NetworkInterface.1.SubnetId", "subnet-1"},
                      {"NetworkInterface.1.SecurityGroupId.1", "sg-00000001"}},
                     {"instance", "volume", "network-interface"}))
      .reply(200, run_answer());
  const Parameters look{{"Action", "DescribeInstances"}, {"InstanceId.1", "i-1"}};
  expect(cloud, look).reply(400, refusal("InvalidInstanceID.NotFound"));
  expect(cloud, look).reply(200, instances(instance_item("pending")));
  expect(cloud, look).reply(200, instances(instance_item("running")));
  machine->create({}, machine.checkpoint());
  CHECK(machine->state({}) == State::running);  // known from the answer just before
  CHECK(machine->stored_address() == "198.51.100.7");
  const Json last = machine->to_json();
  CHECK(last["InstanceId"] == "i-1");
  CHECK(last["PrivateIPAddress"] == "10.0.0.2");
  CHECK(last["SecurityGroupIds"] == Json::array({"sg-00000001"}));
  CHECK(last["VpcId"] == "vpc-1");
  CHECK(last["DeviceName"] == "/dev/xvda");
  CHECK_FALSE(last.contains("PendingCreate"));
  // Before ImportKeyPair left its time was saved; before RunInstances its token and time; and the
  // id right after.
  REQUIRE(machine.saved.size() == 3);
  CHECK(machine.saved[0]["PendingCreate"]["KeyPairSentAt"] > 0);
  CHECK(machine.saved[0]["PendingCreate"]["RunSentAt"] == 0);
  CHECK(machine.saved[1]["PendingCreate"]["KeyPairSentAt"] == 0);
  CHECK(machine.saved[1]["PendingCreate"]["RunSentAt"] > 0);
  CHECK(machine.saved[1]["InstanceId"] == "");
  CHECK(machine.saved[2]["InstanceId"] == "i-1");
}

TEST_CASE("without an image the newest Ubuntu LTS for the type's architecture is taken") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, {{"amazonec2-instance-type", "t4g.micro"}});
  expect(cloud, default_subnet).reply(200, subnets_answer);
  cloud.expect("POST", ec2_url)
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        auto sent = form(request.body);
        CHECK(sent["Owner.1"] == "099720109477");
        CHECK(sent["Filter.2.Name"] == "architecture");
        CHECK(sent["Filter.2.Value.1"] == "arm64");
        CHECK(sent["Filter.1.Value.2"] == "ubuntu/images/hvm-ssd*/ubuntu-*-24.04-arm64-server-*");
      })
      .reply(200, images_answer());
  machine->precheck({});
  CHECK(machine->to_json()["AMI"] == "ami-1");
}

TEST_CASE("precheck refuses what contradicts itself, before anything is made") {
  struct Case {
    Ec2Machine::Flags flags;
    std::string subnets;
    std::string image;
    std::string text;
  };
  const auto elsewhere =
      answer("DescribeSubnets",
             "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-2</vpcId><availabilityZone>"
             "us-east-1b</availabilityZone></item></subnetSet>");
  const auto none = answer("DescribeSubnets", "<subnetSet/>");
  const std::vector<Case> cases{
      {{{"amazonec2-subnet-id", "subnet-1"}}, none, "", "The desired subnet could not be located"},
      {{{"amazonec2-subnet-id", "subnet-1"}, {"amazonec2-vpc-id", "vpc-1"}},
       elsewhere,
       "",
       "SubnetId: subnet-1 does not belong to VpcId: vpc-1"},
      {{{"amazonec2-subnet-id", "subnet-1"}, {"amazonec2-zone", "a"}},
       elsewhere,
       "",
       "is in the zone us-east-1b, not in us-east-1a"},
      {{{"amazonec2-vpc-id", "vpc-1"}},
       none,
       "",
       "unable to find a subnet that is both in the zone us-east-1a and belonging to VPC ID vpc-1"},
      {{{"amazonec2-root-size", "4"}}, subnets_answer, images_answer(), "needs 8 GiB"},
  };
  for (const auto& one : cases) {
    INFO(one.text);
    MemoryTransport cloud;
    auto flags = one.flags;
    flags.emplace_back("amazonec2-ami", "ami-1");
    Ec2Machine machine(cloud, flags);
    cloud.expect("POST", ec2_url).any_body().reply(200, one.subnets);
    expect(cloud, given_image).reply(200, images_answer());
    CHECK_THAT(failure_of([&] { machine->precheck({}); }).what(), ContainsSubstring(one.text));
  }
}

TEST_CASE("an account without a default VPC needs to be told one") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, with_ami);
  expect(cloud, default_subnet).reply(200, answer("DescribeSubnets", "<subnetSet/>"));
  expect(cloud, {{"Action", "DescribeAccountAttributes"}, {"AttributeName.1", "default-vpc"}})
      .reply(200, answer("DescribeAccountAttributes",
                         "<accountAttributeSet><item><attributeName>default-vpc</attributeName>"
                         "<attributeValueSet><item><attributeValue>none</attributeValue></item>"
                         "</attributeValueSet></item></accountAttributeSet>"));
  expect(cloud, given_image).reply(200, images_answer());
  CHECK_THAT(failure_of([&] { machine->precheck({}); }).what(),
             ContainsSubstring("requires either the --amazonec2-subnet-id or"));
}

TEST_CASE("a type and an image of different architectures are told apart before the launch") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, {{"amazonec2-ami", "ami-1"}, {"amazonec2-instance-type", "t4g.nano"}});
  expect(cloud, default_subnet).reply(200, subnets_answer);
  expect(cloud, given_image).reply(200, images_answer());
  expect(cloud, {{"Action", "DescribeInstanceTypes"}, {"InstanceType.1", "t4g.nano"}})
      .reply(200, answer("DescribeInstanceTypes",
                         "<instanceTypeSet><item><processorInfo><supportedArchitectures><item>"
                         "arm64</item></supportedArchitectures></processorInfo></item>"
                         "</instanceTypeSet>"));
  CHECK(std::string(failure_of([&] { machine->precheck({}); }).what()) ==
        "image ami-1 is for x86_64, but instance type t4g.nano is for arm64");
}

TEST_CASE("who may not look at images or tag keys can still create") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, with_ami);
  expect(cloud, default_subnet).reply(200, subnets_answer);
  expect(cloud, given_image).reply(403, refusal("UnauthorizedOperation"));
  machine->precheck({});
  CHECK(machine->to_json()["DeviceName"] == "/dev/sda1");
  expect(cloud, default_group).reply(200, groups_answer());
  cloud.expect("POST", ec2_url).any_body().reply(403, refusal("UnauthorizedOperation"));
  expect(cloud, {{"Action", "ImportKeyPair"},
                 {"KeyName", machine.key_name()},
                 {"PublicKeyMaterial", "{any}"}})
      .reply(200, answer("ImportKeyPair"));
  cloud.expect("POST", ec2_url).any_body().reply(200, run_answer());
  cloud.expect("POST", ec2_url).any_body().reply(200, instances(instance_item("running")));
  machine->create({}, machine.checkpoint());
}

TEST_CASE("missing capacity is told at once, and all that was made is taken back") {
  const std::vector<std::pair<std::string, Errc>> refusals{
      {"InsufficientInstanceCapacity", Errc::capacity},
      {"SpotMaxPriceTooLow", Errc::capacity},
      {"MaxSpotInstanceCountExceeded", Errc::quota},
      {"VcpuLimitExceeded", Errc::quota},
      {"Unsupported", Errc::capacity},
  };
  for (const auto& [code, kind] : refusals) {
    MemoryTransport cloud;
    auto flags = with_ami;
    flags.emplace_back("amazonec2-request-spot-instance", "true");
    Ec2Machine machine(cloud, flags);
    precheck(cloud, machine);
    until_run(cloud);
    cloud.expect("POST", ec2_url)
        .any_body()
        .check([](const cloud::HttpRequest& request) {
          auto sent = form(request.body);
          CHECK(sent["InstanceMarketOptions.MarketType"] == "spot");
          CHECK(sent["InstanceMarketOptions.SpotOptions.MaxPrice"] == "0.50");
          CHECK(sent["TagSpecification.4.ResourceType"] == "spot-instances-request");
        })
        .reply(500, refusal(code, "no capacity"));
    expect(cloud, {{"Action", "DeleteKeyPair"}, {"KeyName", machine.key_name()}})
        .reply(200, answer("DeleteKeyPair"));
    const auto error = failure_of([&] { machine->create({}, machine.checkpoint()); });
    CHECK(error.code() == kind);
    CHECK_THAT(error.what(), ContainsSubstring(std::string("Error launching instance: ") + code +
                                               ": no capacity"));
  }
}

TEST_CASE("an instance that ends by itself fails the create at once, with EC2's reason") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, with_ami);
  precheck(cloud, machine);
  until_run(cloud);
  cloud.expect("POST", ec2_url)
      .any_body()
      .reply(200, run_answer("<spotInstanceRequestId>sir-1</spotInstanceRequestId>"));
  cloud.expect("POST", ec2_url)
      .any_body()
      .reply(200, instances(instance_item(
                      "terminated", "i-1",
                      "<stateReason><code>Client.InternalError</code><message>"
                      "Client.InternalError: Client error on launch</message></stateReason>")));
  expect(cloud, {{"Action", "TerminateInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, answer("TerminateInstances"));
  expect(cloud, {{"Action", "CancelSpotInstanceRequests"}, {"SpotInstanceRequestId.1", "sir-1"}})
      .reply(200, answer("CancelSpotInstanceRequests"));
  cloud.expect("POST", ec2_url).any_body().reply(200, answer("DeleteKeyPair"));
  CHECK(std::string(failure_of([&] { machine->create({}, machine.checkpoint()); }).what()) ==
        "instance i-1 is terminated: Client.InternalError: Client error on launch");
  // Nothing is left, and the store knows it.
  machine->remove({});
}

TEST_CASE("a group that somebody else makes at the same moment is used") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, with_ami);
  precheck(cloud, machine);
  const auto nothing = answer("DescribeSecurityGroups", "<securityGroupInfo/>");
  expect(cloud, default_group).reply(200, nothing);
  expect(cloud, {{"Action", "CreateSecurityGroup"},
                 {"GroupName", "docker-machine"},
                 {"GroupDescription", "Docker Machine"},
                 {"VpcId", "vpc-1"},
                 {"TagSpecification.1.ResourceType", "security-group"},
                 {"TagSpecification.1.Tag.1.Key", "dmachine-store"},
                 {"TagSpecification.1.Tag.1.Value", owner.store},
                 {"TagSpecification.1.Tag.2.Key", "dmachine-create"},
                 {"TagSpecification.1.Tag.2.Value", owner.create}})
      .reply(400, refusal("InvalidGroup.Duplicate"));
  expect(cloud, default_group).reply(200, nothing);  // not seen everywhere yet
  expect(cloud, {{"Action", "DescribeSecurityGroups"},
                 {"Filter.1.Name", "vpc-id"},
                 {"Filter.1.Value.1", "vpc-1"}})
      .reply(200, nothing);
  expect(cloud, default_group).reply(200, groups_answer("443"));
  cloud.expect("POST", ec2_url).any_body().reply(400, refusal("InvalidGroup.NotFound"));
  cloud.expect("POST", ec2_url).any_body().reply(400, refusal("InvalidPermission.Duplicate"));
  expect(cloud, {{"Action", "DescribeSecurityGroups"}, {"GroupId.1", "sg-00000001"}})
      .reply(200, groups_answer("22 2376"));
  cloud.expect("POST", ec2_url).any_body().reply(200, answer("ImportKeyPair"));
  cloud.expect("POST", ec2_url).any_body().reply(400, refusal("InvalidGroup.NotFound"));
  cloud.expect("POST", ec2_url).any_body().reply(200, run_answer());
  cloud.expect("POST", ec2_url).any_body().reply(200, instances(instance_item("running")));
  machine->create({}, machine.checkpoint());
}

TEST_CASE("groups by id are used as they are when their rules are not to be touched") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, {{"amazonec2-ami", "ami-1"},
                             {"amazonec2-security-group", "sg-0123456789abcdef0"},
                             {"amazonec2-security-group-readonly", "true"}});
  precheck(cloud, machine);
  cloud.expect("POST", ec2_url).any_body().reply(200, answer("ImportKeyPair"));
  cloud.expect("POST", ec2_url)
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        CHECK(form(request.body)["NetworkInterface.1.SecurityGroupId.1"] == "sg-0123456789abcdef0");
      })
      .reply(200, run_answer());
  cloud.expect("POST", ec2_url).any_body().reply(200, instances(instance_item("running")));
  machine->create({}, machine.checkpoint());
}

TEST_CASE("a stop during the launch lets it finish, and its id is saved") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, with_ami);
  precheck(cloud, machine);
  until_run(cloud);
  StopSource stop;
  cloud.expect("POST", ec2_url)
      .any_body()
      .answer_with([&](const Context& ctx, const cloud::HttpRequest&) {
        stop.request_stop();
        ctx.check();  // shielded
        return cloud::HttpReply{200, {}, run_answer()};
      });
  CHECK_THROWS_AS(machine->create(Context(stop.token()), machine.checkpoint()), Cancelled);
  CHECK(machine.saved.back()["InstanceId"] == "i-1");
}

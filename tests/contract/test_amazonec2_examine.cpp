// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What doctor says of an account and options: each misconfiguration by name, and nothing is made.
#include "tests/contract/asked_ec2.hpp"

#include <algorithm>

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Level = Finding::Level;

struct Case {
  Level level;
  std::string subject;
  std::string text;
  Ec2Machine::Flags flags;
  std::function<void(AskedEc2&)> seed;
};

std::vector<Finding> faults_of(std::vector<Finding> findings) {
  std::erase_if(findings, [](const auto& one) { return one.level == Level::good; });
  return findings;
}

const Ec2Machine::Flags with_ami{{"amazonec2-ami", "ami-1"}};

Ec2Machine::Flags and_ami(Ec2Machine::Flags flags) {
  flags.insert(flags.begin(), with_ami.front());
  return flags;
}

}  // namespace

TEST_CASE("a good configuration has no fault, and every call that would make something is tried") {
  AskedEc2 cloud;
  Ec2Machine machine(
      cloud, {{"amazonec2-request-spot-instance", "true"}, {"amazonec2-fallback", "on-demand"}});
  const auto findings = machine->examine({});
  INFO(shown(findings));
  CHECK(faults_of(findings).empty());
  for (const auto* action : {"try RunInstances", "try ImportKeyPair", "try TerminateInstances",
                             "try CancelSpotInstanceRequests"}) {
    INFO(action);
    CHECK(std::ranges::count(cloud.actions, action) == (action[4] == 'R' ? 2 : 1));
  }
  CHECK(std::ranges::count(cloud.actions, "try CreateSecurityGroup") == 0);
  CHECK(findings.front().text == "arn:aws:iam::1:user/u");
}

TEST_CASE("each misconfiguration is named") {
  const auto other_vpc = answer(
      "DescribeSecurityGroups",
      "<securityGroupInfo><item><groupId>sg-0123456789abcdef0</groupId><groupName>g</groupName>"
      "<vpcId>vpc-2</vpcId></item></securityGroupInfo>");
  const TempFolder files;
  write_file(files / "key", "-----BEGIN PRIVATE KEY-----\n", 0600);
  const std::vector<Case> cases{
      {Level::problem,
       "credentials",
       "InvalidClientTokenId",
       {},
       [](auto& ec2) { ec2.refusals["GetCallerIdentity"] = "InvalidClientTokenId"; }},
      {Level::problem,
       "network",
       "The desired subnet could not be located",
       {{"amazonec2-subnet-id", "subnet-9"}},
       {}},
      {Level::problem,
       "network",
       "is in the zone us-east-1a, not in us-east-1b",
       {{"amazonec2-subnet-id", "subnet-1"}, {"amazonec2-zone", "b"}},
       {}},
      {Level::problem,
       "network",
       "SubnetId: subnet-1 does not belong to VpcId: vpc-2",
       {{"amazonec2-subnet-id", "subnet-1"}, {"amazonec2-vpc-id", "vpc-2"}},
       {}},
      {Level::problem,
       "permission ec2:DescribeSubnets",
       "not allowed",
       {},
       [](auto& ec2) { ec2.denied = {"ec2:DescribeSubnets"}; }},
      {Level::problem, "image", "InvalidAMIID.NotFound", with_ami,
       [](auto& ec2) { ec2.refusals["DescribeImages"] = "InvalidAMIID.NotFound"; }},
      {Level::problem, "image",
       "image ami-1 is for x86_64, but instance type t4g.nano is for arm64",
       and_ami({{"amazonec2-instance-type", "t4g.nano"}}),
       [](auto& ec2) {
         ec2.answers["DescribeInstanceTypes"] =
             answer("DescribeInstanceTypes",
                    "<instanceTypeSet><item><processorInfo><supportedArchitectures><item>arm64"
                    "</item></supportedArchitectures></processorInfo></item></instanceTypeSet>");
       }},
      {Level::problem,
       "image",
       "no image of Ubuntu LTS for x86_64",
       {},
       [](auto& ec2) { ec2.answers["DescribeImages"] = answer("DescribeImages"); }},
      {Level::problem,
       "instance type",
       "t2.micro is not offered in us-east-1a",
       {},
       [](auto& ec2) { ec2.not_offered = {"t2.micro us-east-1a"}; }},
      {Level::problem,
       "root volume",
       "but image ami-1 needs 8 GiB",
       and_ami({{"amazonec2-root-size", "4"}}),
       {}},
      {Level::warning,
       "root device",
       "the image's is /dev/xvda, not /dev/sda1",
       and_ami({{"amazonec2-device-name", "/dev/sda1"}}),
       {}},
      {Level::problem,
       "key pair",
       "There is no keypair with the name k",
       {{"amazonec2-keypair-name", "k"}, {"amazonec2-ssh-keypath", (files / "key").string()}},
       [](auto& ec2) { ec2.refusals["DescribeKeyPairs"] = "InvalidKeyPair.NotFound"; }},
      {Level::problem,
       "SSH key",
       "no such file or directory",
       {{"amazonec2-ssh-keypath", (files / "none").string()}},
       {}},
      {Level::problem,
       "user data",
       "no such file or directory",
       {{"amazonec2-userdata", (files / "none").string()}},
       {}},
      {Level::problem,
       "security group",
       "mine does not exist in vpc-1",
       {{"amazonec2-security-group", "mine"}, {"amazonec2-security-group-readonly", "true"}},
       {}},
      {Level::warning,
       "security group",
       "lets nobody in at 2376/tcp",
       {{"amazonec2-security-group-readonly", "true"}},
       [](auto& ec2) { ec2.answers["DescribeSecurityGroups"] = groups_answer("22"); }},
      {Level::problem,
       "security group",
       "sg-0123456789abcdef0 lies in vpc-2",
       {{"amazonec2-security-group", "sg-0123456789abcdef0"}},
       [&](auto& ec2) { ec2.answers["DescribeSecurityGroups"] = other_vpc; }},
      {Level::problem,
       "permission ec2:RunInstances",
       "needed for create",
       {},
       [](auto& ec2) { ec2.denied = {"ec2:RunInstances"}; }},
      {Level::problem,
       "permission ec2:CreateTags",
       "needed for create",
       {},
       [](auto& ec2) { ec2.denied = {"ec2:CreateTags"}; }},
      {Level::problem,
       "permission iam:PassRole",
       "needed for create",
       {{"amazonec2-iam-instance-profile", "worker"}},
       [](auto& ec2) { ec2.denied = {"iam:PassRole"}; }},
      {Level::problem,
       "permission ec2:ImportKeyPair",
       "needed for create",
       {},
       [](auto& ec2) { ec2.denied = {"ec2:ImportKeyPair"}; }},
      {Level::problem,
       "permission ec2:AuthorizeSecurityGroupIngress",
       "needed for create",
       {},
       [](auto& ec2) {
         ec2.answers["DescribeSecurityGroups"] = groups_answer("22");
         ec2.denied = {"ec2:AuthorizeSecurityGroupIngress"};
       }},
      {Level::warning,
       "permission ec2:TerminateInstances",
       "needed for rm",
       {},
       [](auto& ec2) { ec2.denied = {"ec2:TerminateInstances"}; }},
      {Level::warning,
       "permission ec2:DescribeVolumes",
       "needed for gc",
       {},
       [](auto& ec2) { ec2.denied = {"ec2:DescribeVolumes"}; }},
      {Level::problem,
       "launch",
       "InvalidParameterValue",
       {{"amazonec2-iam-instance-profile", "none"}},
       [](auto& ec2) { ec2.refusals["RunInstances"] = "InvalidParameterValue"; }},
      {Level::warning,
       "launch",
       "SpotMaxPriceTooLow",
       {{"amazonec2-request-spot-instance", "true"}, {"amazonec2-spot-price", "0.001"}},
       [](auto& ec2) { ec2.refusals["RunInstances"] = "SpotMaxPriceTooLow"; }},
      {Level::problem,
       "quota Standard on-demand vCPUs in us-east-1",
       "31 of 32 in use, 2 wanted",
       {{"amazonec2-instance-type", "m5.large"}},
       [](auto& ec2) {
         ec2.vcpus["m5.x"] = 31;
         ec2.answers["DescribeInstances"] =
             instances(instance_item("running", "i-1", "<instanceType>m5.x</instanceType>"));
       }},
      {Level::unknown,
       "quota",
       "not allowed to ask Service Quotas",
       {},
       [](auto& ec2) { ec2.denied = {"servicequotas:GetServiceQuota"}; }},
      {Level::warning,
       "tags",
       "--amazonec2-tags has dmachine-store",
       {{"amazonec2-tags", "dmachine-store,mine"}},
       {}},
      {Level::warning,
       "spot",
       "no spot blocks",
       {{"amazonec2-request-spot-instance", "true"}, {"amazonec2-block-duration-minutes", "60"}},
       {}},
  };
  for (const auto& one : cases) {
    INFO(one.subject << ": " << one.text);
    AskedEc2 cloud;
    if (one.seed) {
      one.seed(cloud);
    }
    auto flags = one.flags;
    flags.emplace_back("amazonec2-retries", "0");
    Ec2Machine machine(cloud, flags);
    const auto findings = machine->examine({});
    INFO(shown(findings));
    const auto faults = faults_of(findings);
    CHECK(std::ranges::any_of(faults, [&](const Finding& finding) {
      return finding.level == one.level && finding.subject == one.subject &&
             finding.text.find(one.text) != std::string::npos &&
             finding.text.find('\n') == std::string::npos;
    }));
    CHECK(shown(findings).find("planted-secret") == std::string::npos);
  }
}

TEST_CASE("a limit that a dry run runs into is a quota problem") {
  AskedEc2 cloud;
  cloud.refusals["RunInstances"] = "VcpuLimitExceeded";
  Ec2Machine machine(cloud);
  const auto findings = machine->examine({});
  INFO(shown(findings));
  CHECK(std::ranges::any_of(findings, [](const Finding& one) {
    return one.level == Level::problem && one.subject == "quota";
  }));
}

TEST_CASE("of several candidates one that is not offered is a warning, all a problem") {
  AskedEc2 cloud;
  Ec2Machine machine(cloud, {{"amazonec2-instance-type", "m5.large,m5a.large"}});
  const auto findings = machine->examine({});  // m5a.large is not among what the answer offers
  INFO(shown(findings));
  const auto faults = faults_of(findings);
  REQUIRE(faults.size() == 1);
  CHECK(faults.front().level == Level::warning);
  CHECK(faults.front().text == "m5a.large is not offered in us-east-1a");
}

TEST_CASE("where dry runs are taken for meant, only the first harmless one is sent") {
  AskedEc2 cloud;
  cloud.knows_dry_runs = false;
  Ec2Machine machine(cloud);
  const auto findings = machine->examine({});
  CHECK(std::ranges::count_if(cloud.actions,
                              [](const auto& action) { return action.starts_with("try "); }) == 1);
  CHECK(std::ranges::any_of(findings, [](const Finding& one) {
    return one.level == Level::unknown && one.subject == "permissions";
  }));
}

TEST_CASE("the plan names what a create would make, and asks nobody") {
  MemoryTransport cloud;
  Ec2Machine machine(cloud, {{"amazonec2-zone", "a,b"},
                             {"amazonec2-request-spot-instance", "true"},
                             {"amazonec2-fallback", "on-demand"}});
  CHECK(machine->plan() == std::vector<std::string>{
                               "security group docker-machine, made unless it is there",
                               "key pair " + machine.key_name(),
                               "instance m1 in us-east-1: us-east-1a, t2.micro, spot",
                               "  or instance m1 in us-east-1: us-east-1b, t2.micro, spot",
                               "  or instance m1 in us-east-1: us-east-1a, t2.micro, on demand",
                               "  or instance m1 in us-east-1: us-east-1b, t2.micro, on demand",
                               "volume of 16 GiB, gp2", "network interface with a public address"});
}

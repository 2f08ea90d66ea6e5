// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/amazonec2/from_options.hpp"
#include "drivers/amazonec2/options.hpp"
#include "drivers/amazonec2/run_request.hpp"
#include "drivers/amazonec2/state.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <set>

using namespace dmachine;
using namespace dmachine::amazonec2;

namespace {

using Flags = std::vector<std::pair<std::string, std::string>>;

StoredState make(const Flags& flags, Origin origin = Origin::command_line) {
  OptionValues values(options());
  for (const auto& [flag, text] : flags) {
    values.set(flag, text, origin);
  }
  return state_from_options({"m1", "/store"}, values, {false, "tcp://0.0.0.0:3376", ""});
}

std::string failure(const Flags& flags) {
  try {
    make(flags);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.what();
  }
  return "no failure";
}

}  // namespace

TEST_CASE("config.json has the keys of GitLab's fork, in its order") {
  const std::vector<std::string> keys{"IPAddress",
                                      "MachineName",
                                      "SSHUser",
                                      "SSHPort",
                                      "SSHKeyPath",
                                      "StorePath",
                                      "SwarmMaster",
                                      "SwarmHost",
                                      "SwarmDiscovery",
                                      "Id",
                                      "AccessKey",
                                      "SecretKey",
                                      "SessionToken",
                                      "Region",
                                      "AMI",
                                      "SSHKeyID",
                                      "ExistingKey",
                                      "KeyName",
                                      "InstanceId",
                                      "InstanceType",
                                      "PrivateIPAddress",
                                      "SecurityGroupId",
                                      "SecurityGroupIds",
                                      "SecurityGroupName",
                                      "SecurityGroupNames",
                                      "SecurityGroupReadOnly",
                                      "OpenPorts",
                                      "Tags",
                                      "ReservationId",
                                      "DeviceName",
                                      "RootSize",
                                      "VolumeType",
                                      "VolumeEncrypted",
                                      "VolumeKmsKeyId",
                                      "IamInstanceProfile",
                                      "VpcId",
                                      "SubnetId",
                                      "Zone",
                                      "RequestSpotInstance",
                                      "SpotPrice",
                                      "BlockDurationMinutes",
                                      "PrivateIPOnly",
                                      "UsePrivateIP",
                                      "UseEbsOptimizedInstance",
                                      "Monitoring",
                                      "SSHPrivateKeyPath",
                                      "RetryCount",
                                      "Endpoint",
                                      "DisableSSL",
                                      "UserDataFile",
                                      "MetadataTokenSetting",
                                      "MetadataTokenResponseHopLimit",
                                      "PendingCreate"};
  const Json json = to_json(make({}));
  std::vector<std::string> found;
  for (const auto& item : json.items()) {
    found.push_back(item.key());
  }
  CHECK(found == keys);
  CHECK(json["SecurityGroupNames"] == Json::array({"docker-machine"}));
  CHECK(json["SecurityGroupIds"].is_null());
  CHECK(json["SpotPrice"] == "0.50");
  CHECK(json["RootSize"] == 16);
  CHECK(json["SSHUser"] == "ubuntu");
  CHECK(json["MetadataTokenSetting"] == "optional");
}

TEST_CASE("what is stored comes back, with the keys of other programs") {
  auto state = make({{"amazonec2-access-key", "AK"},
                     {"amazonec2-secret-key", "SK"},
                     {"amazonec2-volume-type", "gp3"},
                     {"amazonec2-volume-iops", "4000"},
                     {"amazonec2-http-tokens", "required"}});
  state.instance_id = "i-1";
  state.spot_request_id = "sir-1";
  state.pending->sent_at = 17;
  state.pending->made_groups = {"sg-1"};
  Json json = to_json(state);
  json["OS"] = "x";
  const Json again = to_json(parse_state(parse_json(json.dump())));
  CHECK(again == json);
  CHECK(again["PendingCreate"]["RunSentAt"] == 17);
  CHECK(again["VolumeIops"] == 4000);
  auto loaded = parse_state(json);
  loaded.pending.reset();
  loaded.spot_request_id.clear();
  CHECK_FALSE(to_json(loaded).contains("PendingCreate"));
  CHECK_FALSE(to_json(loaded).contains("SpotInstanceRequestId"));
  CHECK_THROWS_WITH(parse_state(parse_json(R"({"RootSize": "x"})")),
                    "json: cannot unmarshal string into Go struct field Driver.RootSize of type "
                    "int");
}

TEST_CASE("every option is there once, with the defaults of the reference") {
  std::set<std::string_view> flags;
  for (const auto& option : options()) {
    CHECK(flags.insert(option.flag).second);
    CHECK(option.flag.starts_with("amazonec2-"));
  }
  CHECK(flags.size() == 47);
}

TEST_CASE("bad values are told before any request") {
  struct Case {
    Flags flags;
    std::string text;
  };
  const std::vector<Case> cases{
      {{{"amazonec2-access-key", "AK"}},
       "using --amazonec2-access-key also requires --amazonec2-secret-key"},
      {{{"amazonec2-secret-key", "SK"}},
       "using --amazonec2-secret-key also requires --amazonec2-access-key"},
      {{{"amazonec2-region", "nowhere"}}, "Invalid region specified"},
      {{{"amazonec2-zone", "eu-west-1a"}}, "does not lie in the region us-east-1"},
      {{{"amazonec2-insecure-transport", "true"}},
       "using --amazonec2-insecure-transport also requires --amazonec2-endpoint"},
      {{{"amazonec2-keypair-name", "k"}},
       "using --amazonec2-keypair-name also requires --amazonec2-ssh-keypath"},
      {{{"amazonec2-tags", "a,b,c"}}, "Tags are not key value in pairs. 3 elements found"},
      {{{"amazonec2-open-port", "80-90"}}, "invalid port number 80-90"},
      {{{"amazonec2-security-group", "sg-nothex"}}, "sg-nothex"},
      {{{"amazonec2-spot-price", "cheap"}}, "cheap"},
      {{{"amazonec2-block-duration-minutes", "61"}}, "61"},
      {{{"amazonec2-metadata-token", "maybe"}}, "httpToken must be either optional or required"},
      {{{"amazonec2-http-tokens", "maybe"}}, "httpToken must be either optional or required"},
      {{{"amazonec2-http-endpoint", "on"}}, "httpEndpoint must be either enabled or disabled"},
      {{{"amazonec2-http-protocol-ipv6", "on"}},
       "httpProtocolIpv6 must be either enabled or disabled"},
      {{{"amazonec2-metadata-token", "optional"}, {"amazonec2-http-tokens", "required"}},
       "contradict"},
      {{{"amazonec2-metadata-token-response-hop-limit", "65"}}, "1 to 64"},
      {{{"amazonec2-ipv6-address-only", "true"}},
       "ipv6AddressCount must be greater than zero when Ipv6AddressOnly is true"},
      {{{"amazonec2-volume-iops", "4000"}}, "gp3 or io1 or io2"},
      {{{"amazonec2-volume-type", "gp3"}, {"amazonec2-volume-iops", "100"}}, "3000 to 80000"},
      {{{"amazonec2-volume-type", "io2"}, {"amazonec2-volume-throughput", "200"}}, "gp3"},
      {{{"amazonec2-root-size", "0"}}, "root-size"},
      {{{"amazonec2-ssh-port", "0"}}, "ssh-port"},
      {{{"amazonec2-ssh-user", ""}}, "ssh-user"},
      {{{"amazonec2-instance-type", ""}}, "instance-type"},
  };
  for (const auto& one : cases) {
    INFO(one.flags.front().first << " " << one.flags.front().second);
    CHECK_THAT(failure(one.flags), ContainsSubstring(one.text));
  }
}

TEST_CASE("keys know whether they came from the environment, and tokens stay with their keys") {
  const Flags pair{{"amazonec2-access-key", "AK"},
                   {"amazonec2-secret-key", "SK"},
                   {"amazonec2-session-token", "ST"}};
  const auto from_environment = make(pair, Origin::environment);
  CHECK(from_environment.keys_from_environment);
  CHECK(from_environment.session_token.reveal() == "ST");
  CHECK_FALSE(make(pair).keys_from_environment);
  CHECK(make(pair).session_token.reveal() == "ST");
  const test::ScopedEnv other("AWS_ACCESS_KEY_ID", "OTHER");
  OptionValues values(options());
  values.set("amazonec2-access-key", "AK", Origin::command_line);
  values.set("amazonec2-secret-key", "SK", Origin::command_line);
  values.set("amazonec2-session-token", "ST", Origin::environment);
  CHECK(state_from_options({"m1", "/s"}, values, {}).session_token.empty());
  // Half a pair of variables may be completed by the older names.
  CHECK(make({{"amazonec2-access-key", "AK"}}, Origin::environment).access_key.empty());
}

TEST_CASE("a launch sends what was asked for, and no more") {
  auto state = make({{"amazonec2-ami", "ami-1"}});
  state.subnet_id = "subnet-1";
  state.security_group_ids = {"sg-1", "sg-2"};
  state.key_name = "k";
  state.pending->client_token = "t";
  const QueryParameters least{{"ImageId", "ami-1"},
                              {"InstanceType", "t2.micro"},
                              {"KeyName", "k"},
                              {"MinCount", "1"},
                              {"MaxCount", "1"},
                              {"ClientToken", "t"},
                              {"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
                              {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"},
                              {"BlockDeviceMapping.1.Ebs.VolumeSize", "16"},
                              {"BlockDeviceMapping.1.Ebs.VolumeType", "gp2"},
                              {"NetworkInterface.1.DeviceIndex", "0"},
                              {"NetworkInterface.1.AssociatePublicIpAddress", "true"},
                              {"NetworkInterface.1.SubnetId", "subnet-1"},
                              {"NetworkInterface.1.SecurityGroupId.1", "sg-1"},
                              {"NetworkInterface.1.SecurityGroupId.2", "sg-2"}};
  CHECK(run_parameters(state, std::nullopt, "", {}) == least);
}

TEST_CASE("a launch sends all that flags ask for") {
  auto state = make({{"amazonec2-request-spot-instance", "true"},
                     {"amazonec2-spot-price", ""},
                     {"amazonec2-block-duration-minutes", "60"},
                     {"amazonec2-metadata-token", "required"},
                     {"amazonec2-metadata-token-response-hop-limit", "2"},
                     {"amazonec2-http-endpoint", "enabled"},
                     {"amazonec2-http-protocol-ipv6", "disabled"},
                     {"amazonec2-volume-type", "gp3"},
                     {"amazonec2-volume-iops", "4000"},
                     {"amazonec2-volume-throughput", "250"},
                     {"amazonec2-volume-kms-key", "k1"},
                     {"amazonec2-private-address-only", "true"},
                     {"amazonec2-monitoring", "true"},
                     {"amazonec2-use-ebs-optimized-instance", "true"},
                     {"amazonec2-iam-instance-profile", "arn:aws:iam::1:instance-profile/p"},
                     {"amazonec2-encrypt-ebs-volume", "true"},
                     {"amazonec2-kms-key", "k2"}});
  const Image image{"ami-1",  "n",         "",
                    "x86_64", "/dev/sda1", {{"/dev/sda1", 8, true}, {"/dev/sdb", 5, true}}};
  auto sent = run_parameters(state, image, "data", {{"Name", "m1"}});
  const auto is = [&](const std::string& key, const std::string& value) {
    INFO(key);
    CHECK(sent[key] == value);
  };
  is("InstanceMarketOptions.MarketType", "spot");
  CHECK_FALSE(sent.contains("InstanceMarketOptions.SpotOptions.MaxPrice"));
  is("InstanceMarketOptions.SpotOptions.BlockDurationMinutes", "60");
  is("MetadataOptions.HttpTokens", "required");
  is("MetadataOptions.HttpPutResponseHopLimit", "2");
  is("MetadataOptions.HttpEndpoint", "enabled");
  is("MetadataOptions.HttpProtocolIpv6", "disabled");
  is("BlockDeviceMapping.1.Ebs.Iops", "4000");
  is("BlockDeviceMapping.1.Ebs.Throughput", "250");
  is("BlockDeviceMapping.1.Ebs.Encrypted", "true");
  is("BlockDeviceMapping.1.Ebs.KmsKeyId", "k1");
  is("BlockDeviceMapping.2.DeviceName", "/dev/sdb");
  is("BlockDeviceMapping.2.Ebs.KmsKeyId", "k2");
  is("BlockDeviceMapping.2.Ebs.DeleteOnTermination", "true");
  is("NetworkInterface.1.AssociatePublicIpAddress", "false");
  is("Monitoring.Enabled", "true");
  is("EbsOptimized", "true");
  is("IamInstanceProfile.Arn", "arn:aws:iam::1:instance-profile/p");
  is("UserData", "ZGF0YQ==");
  is("TagSpecification.4.ResourceType", "spot-instances-request");
  is("TagSpecification.1.Tag.1.Value", "m1");
}

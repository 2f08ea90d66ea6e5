// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/endpoint.hpp"
#include "drivers/amazonec2/image.hpp"
#include "drivers/amazonec2/key_account.hpp"
#include "drivers/amazonec2/security_groups.hpp"
#include "drivers/amazonec2/tags.hpp"
#include "drivers/amazonec2/values.hpp"
#include "drivers/amazonec2/xml.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <map>

using namespace dmachine;
using namespace dmachine::amazonec2;

TEST_CASE("tags come in pairs, split at every comma") {
  CHECK(parse_tags("").empty());
  CHECK(parse_tags("a,1,b, 2 ,c,") == Tags{{"a", "1"}, {"b", " 2 "}, {"c", ""}});
  CHECK_THROWS_WITH(parse_tags("a,1,b"), "Tags are not key value in pairs. 3 elements found");
  CHECK_THROWS_AS(parse_tags("aws:x,1"), Error);
  CHECK_THROWS_AS(parse_tags("AWS:x,1"), Error);
  CHECK_THROWS_AS(parse_tags("a,1,a,2"), Error);
  CHECK_THROWS_AS(parse_tags(",1"), Error);
  CHECK_THROWS_AS(parse_tags(std::string(128, 'k') + ",1"), Error);
  CHECK_THROWS_AS(parse_tags("k," + std::string(257, 'v')), Error);
  CHECK(parse_tags(std::string(127, 'k') + "," + std::string(256, 'v')).size() == 1);
}

TEST_CASE("ports are single ports") {
  CHECK(parse_port("80") == Port{80, "tcp"});
  CHECK(parse_port("53/udp") == Port{53, "udp"});
  CHECK_THROWS_WITH(
      parse_port("80-90"),
      "invalid port number 80-90: strconv.ParseInt: parsing \"80-90\": invalid syntax");
  CHECK_THROWS_WITH(parse_port("70000"),
                    "invalid port number 70000: strconv.ParseInt: parsing \"70000\": value out of "
                    "range");
  CHECK_THROWS_AS(parse_port(""), Error);
  CHECK_THROWS_AS(parse_port("80/smtp"), Error);
  CHECK(parse_swarm_port("tcp://0.0.0.0:3376").port == 3376);
  CHECK_THROWS_AS(parse_swarm_port("tcp://0.0.0.0"), Error);
}

TEST_CASE("regions and zones") {
  for (const auto* region : {"us-east-1", "eu-west-3", "us-gov-east-1", "cn-northwest-1",
                             "eusc-de-east-1", "ap-southeast-12", "us-isob-east-1"}) {
    CHECK(is_region(region));
  }
  for (const auto* text : {"", "us-east", "us-east-1a", "US-EAST-1", "useast1", "u-east-1", "-1"}) {
    CHECK_FALSE(is_region(text));
  }
  CHECK(zone_name("us-east-1", "a", false) == "us-east-1a");
  CHECK(zone_name("us-east-1", "us-east-1b", false) == "us-east-1b");
  CHECK(zone_name("us-west-2", "us-west-2-lax-1a", false) == "us-west-2-lax-1a");
  CHECK(zone_name("us-east-1", "a", true) == "us-east-1a");
  CHECK(zone_name("us-east-1", "nova", true) == "nova");
  CHECK_THROWS_AS(zone_name("us-east-1", "eu-west-1a", false), Error);
  CHECK_THROWS_AS(zone_name("us-east-1", "us-east-1", false), Error);
  CHECK_THROWS_AS(zone_name("us-east-1", "", false), Error);
  CHECK(zone_letter("us-east-1", "us-east-1c", false) == "c");
  CHECK(zone_letter("us-east-1", "us-east-1c", true) == "us-east-1c");
}

TEST_CASE("an instance type's name tells its architecture") {
  const std::map<std::string, std::string> known{
      {"t2.micro", "x86_64"},   {"t3a.large", "x86_64"}, {"m7i-flex.large", ""},
      {"t4g.nano", "arm64"},    {"c7gn.large", "arm64"}, {"x2gd.large", "arm64"},
      {"g5.xlarge", "x86_64"},  {"g5g.xlarge", "arm64"}, {"a1.medium", "arm64"},
      {"im4gn.large", "arm64"}, {"mac2.metal", ""},      {"u-6tb1.metal", ""},
      {"inf2.xlarge", "x86_64"}};
  for (const auto& [type, architecture] : known) {
    INFO(type);
    CHECK(architecture_of(type).value_or("") == architecture);
  }
  CHECK_FALSE(architecture_of("m5"));
  CHECK_FALSE(architecture_of(""));
}

TEST_CASE("prices and groups") {
  for (const auto* text : {"0.5", "1", ".05", "12.345"}) {
    CHECK(is_price(text));
  }
  for (const auto* text : {"", "0", "0.0", "-1", "1e3", "cheap", "1.2.3", "$1"}) {
    CHECK_FALSE(is_price(text));
  }
  CHECK(is_group_id("sg-0123456789abcdef0"));
  CHECK(is_group_id("sg-01234567"));
  CHECK_FALSE(is_group_id("sg-name"));
  CHECK_FALSE(is_group_name("sg-name"));
  CHECK(is_group_name("my group (1)"));
  CHECK_FALSE(is_group_name("gr\xC3\xBCppe"));
}

TEST_CASE("endpoints of all partitions, of flags and of the environment") {
  for (const auto* name : {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_STS",
                           "AWS_ENDPOINT_URL_SERVICE_QUOTAS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                           "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"}) {
    unsetenv(name);
  }
  const auto url = [](const std::string& region) { return ec2_place(region, "", false).url; };
  CHECK(url("eu-west-1") == "https://ec2.eu-west-1.amazonaws.com/");
  CHECK(url("cn-north-1") == "https://ec2.cn-north-1.amazonaws.com.cn/");
  CHECK(url("us-gov-west-1") == "https://ec2.us-gov-west-1.amazonaws.com/");
  CHECK(url("us-iso-east-1") == "https://ec2.us-iso-east-1.c2s.ic.gov/");
  CHECK(url("us-isob-east-1") == "https://ec2.us-isob-east-1.sc2s.sgov.gov/");
  CHECK(url("eusc-de-east-1") == "https://ec2.eusc-de-east-1.amazonaws.eu/");
  CHECK(sts_place("eu-west-1").url == "https://sts.eu-west-1.amazonaws.com/");
  CHECK(sts_place("custom-endpoint").region == "us-east-1");
  CHECK(quotas_place("eu-west-1").url == "https://servicequotas.eu-west-1.amazonaws.com/");
  CHECK(quotas_place("cn-north-1").url == "https://servicequotas.cn-north-1.amazonaws.com.cn/");
  CHECK(quotas_place("eu-west-1").service == "servicequotas");
  CHECK(ec2_place("r-e-1", "127.0.0.1:5056", false).url == "https://127.0.0.1:5056/");
  CHECK(ec2_place("r-e-1", "127.0.0.1:5056", true).url == "http://127.0.0.1:5056/");
  CHECK(ec2_place("r-e-1", "http://h:1/services/compute", false).url ==
        "http://h:1/services/compute/");
  CHECK(ec2_place("r-e-1", "http://h:1/", false).region == "r-e-1");
  CHECK_THROWS_AS(ec2_place("r-e-1", "ftp://h", false), Error);
  {
    const test::ScopedEnv dual("AWS_USE_DUALSTACK_ENDPOINT", "true");
    CHECK(url("eu-west-1") == "https://ec2.eu-west-1.api.aws/");
    CHECK(url("cn-north-1") == "https://ec2.cn-north-1.api.amazonwebservices.com.cn/");
    CHECK(url("us-iso-east-1") == "https://ec2.us-iso-east-1.api.aws.ic.gov/");
    CHECK(url("us-isob-east-1") == "https://ec2.us-isob-east-1.api.aws.scloud/");
  }
  {
    const test::ScopedEnv fips("AWS_USE_FIPS_ENDPOINT", "true");
    CHECK(url("us-east-1") == "https://ec2-fips.us-east-1.amazonaws.com/");
    CHECK(url("us-gov-west-1") == "https://ec2.us-gov-west-1.amazonaws.com/");
  }
  const test::ScopedEnv all("AWS_ENDPOINT_URL", "https://all.example");
  CHECK(url("us-east-1") == "https://all.example/");
  CHECK(ec2_place("us-east-1", "flag.example", false).url == "https://flag.example/");
  const test::ScopedEnv own("AWS_ENDPOINT_URL_EC2", "https://own.example");
  CHECK(url("us-east-1") == "https://own.example/");
  CHECK(sts_place("us-east-1").url == "https://all.example/");
  CHECK(quotas_place("us-east-1").url == "https://all.example/");
  {
    const test::ScopedEnv quotas("AWS_ENDPOINT_URL_SERVICE_QUOTAS", "https://quotas.example/q");
    CHECK(quotas_place("us-east-1").url == "https://quotas.example/q/");
  }
  const test::ScopedEnv ignore("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  CHECK(url("us-east-1") == "https://ec2.us-east-1.amazonaws.com/");
}

TEST_CASE("the newest LTS is chosen by release, then by date") {
  const auto image = [](const std::string& name, const std::string& created) {
    return Image{created, "ubuntu/images/hvm-ssd/ubuntu-" + name, created, "x86_64", "/dev/sda1",
                 {}};
  };
  CHECK(newest_lts({}) == nullptr);
  CHECK(newest_lts({image("x-25.10-amd64-server-1", "2030")}) == nullptr);
  const std::vector<Image> images{
      image("jammy-22.04-amd64-server-9", "2029"), image("noble-24.04-amd64-server-1", "2024"),
      image("noble-24.04-amd64-server-2", "2025"), image("x-25.10-amd64-server-1", "2030")};
  CHECK(newest_lts(images)->id == "2025");
}

TEST_CASE("a rule counts when it lets somebody in at the port") {
  const std::vector<Port> wanted{{22, "tcp"}, {2376, "tcp"}};
  const auto missing = [&](std::vector<InRule> rules) {
    return missing_ports({"sg", "n", "v", std::move(rules), {}}, wanted).size();
  };
  CHECK(missing({}) == 2);
  CHECK(missing({{"tcp", 22, 22}}) == 1);
  CHECK(missing({{"udp", 22, 22}}) == 2);
  CHECK(missing({{"6", 0, 65535}}) == 0);
  CHECK(missing({{"-1", -1, -1}}) == 0);
}

TEST_CASE("tags say whose a resource is, and the user's own go before them") {
  StoredState state;
  state.base.machine_name = "m1";
  state.base.store_path = "/store/";
  CHECK(resource_tags(state).front() == std::pair<std::string, std::string>("Name", "m1"));
  CHECK(resource_tags(state).size() == 1);  // without an owner
  CHECK(shared_tags(state).empty());
  CHECK_FALSE(is_ours(resource_tags(state), state));
  CHECK_FALSE(is_ours({}, state));
  state.base.owner = {"0123456789abcdef", "fedcba9876543210"};
  CHECK(is_ours(resource_tags(state), state));
  CHECK(owner_of(resource_tags(state)) == state.base.owner);
  CHECK(shared_tags(state) ==
        Tags{{"dmachine-store", "0123456789abcdef"}, {"dmachine-create", "fedcba9876543210"}});
  CHECK_FALSE(is_ours(shared_tags(state), state));
  state.tags = "Name,other,dmachine-machine,mine";
  CHECK(resource_tags(state) == Tags{{"Name", "other"},
                                     {"dmachine-machine", "mine"},
                                     {"dmachine-store", "0123456789abcdef"},
                                     {"dmachine-create", "fedcba9876543210"}});
  CHECK_FALSE(is_ours(resource_tags(state), state));
  state.tags.clear();
  for (int i = 0; i < 49; ++i) {
    state.tags += fmt::format("{}k{},v", i == 0 ? "" : ",", i);
  }
  CHECK(resource_tags(state).size() == 50);  // of ours there is room for none
}

TEST_CASE("answers are read whatever their namespace, errors of EC2 and STS alike") {
  const auto root =
      parse_xml(R"(<a:R xmlns:a="x"><a:s><item><b> t </b></item><item/></a:s></a:R>)");
  REQUIRE(root);
  CHECK(root->items("s").size() == 2);
  CHECK(root->items("s").front().text("b") == "t");
  CHECK(root->text("none/such").empty());
  CHECK_FALSE(parse_xml("no xml"));
  CHECK_FALSE(parse_xml(""));
  CHECK_FALSE(parse_xml("<a><b></a>"));
  const auto ec2 =
      parse_api_error({400,
                       {},
                       "<Response><Errors><Error><Code>InvalidX.NotFound</Code><Message>M</Message>"
                       "</Error></Errors><RequestID>r</RequestID></Response>"});
  CHECK(std::string(ec2.what()) == "InvalidX.NotFound: M\n\tstatus code: 400, request id: r");
  CHECK(ec2.code() == Errc::not_found);
  CHECK(ec2.is_refusal());
  const auto sts = parse_api_error(
      {403,
       {},
       "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code>"
       "<Message>M</Message></Error><RequestId>r</RequestId></ErrorResponse>"});
  CHECK(sts.api_code() == "AccessDenied");
  CHECK(sts.code() == Errc::denied);
  const auto html = parse_api_error({500, {}, "<html>"});
  CHECK(html.api_code().empty());
  CHECK_FALSE(html.is_refusal());
}

TEST_CASE("capacity is no server error, and throttles are worth a longer wait") {
  const auto error = [](int status, const std::string& code) {
    return cloud::HttpReply{status,
                            {},
                            "<Response><Errors><Error><Code>" + code +
                                "</Code><Message>M</Message></Error></Errors></Response>"};
  };
  CHECK_FALSE(is_transient(error(500, "InsufficientInstanceCapacity")));
  CHECK(parse_api_error(error(500, "InsufficientInstanceCapacity")).is_refusal());
  CHECK(is_transient(error(500, "InternalError")));
  CHECK(is_transient(error(503, "RequestLimitExceeded")));
  CHECK(is_transient(error(400, "Throttling")));
  CHECK(is_throttle(error(400, "Throttling")));
  CHECK_FALSE(is_throttle(error(500, "InternalError")));
  CHECK_FALSE(is_transient(error(400, "InvalidParameterValue")));
  CHECK_FALSE(is_transient(error(403, "UnauthorizedOperation")));
}

TEST_CASE("the account of an access key stands in its id, and in an ARN") {
  // Keys and accounts that were published on purpose.
  CHECK(account_of_key("ASIAQNZGKIQY56JQ7WML") == "029608264753");
  CHECK(account_of_key("ASIAY34FZKBOKMUTVV7A") == "609629065308");
  for (const auto* old_or_wrong : {"AKIAIOSFODNN7EXAMPLE", "AKIAJOSFODNN7EXAMPLE", "AKIDEXAMPLE",
                                   "", "ASIAQ1ZGKIQY56JQ7WML"}) {
    CHECK_FALSE(account_of_key(old_or_wrong));
  }
  CHECK(account_of_arn("arn:aws:iam::029608264753:user/tester") == "029608264753");
  CHECK(account_of_arn("arn:aws-cn:sts::1:assumed-role/r/s") == "1");
  for (const auto* none : {"", "arn:aws:iam", "user:a:b:c:d:e"}) {
    CHECK(account_of_arn(none).empty());
  }
}

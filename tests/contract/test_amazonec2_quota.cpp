// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What doctor says of quotas in vCPUs, and what it asks for that.
#include "core/error.hpp"
#include "drivers/amazonec2/service_quotas.hpp"
#include "tests/contract/asked_ec2.hpp"

#include <algorithm>

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Level = Finding::Level;
using Flags = Ec2Machine::Flags;

const std::string on_demand = "quota Standard on-demand vCPUs in us-east-1";
const std::string spot = "quota Standard spot vCPUs in us-east-1";

/// As doctor shows them: LEVEL SUBJECT: TEXT, of quotas alone.
std::vector<std::string> quotas_of(AskedEc2& cloud, Flags flags = {}) {
  flags.emplace_back("amazonec2-retries", "0");
  Ec2Machine machine(cloud, flags);
  std::vector<std::string> lines;
  for (const auto& one : machine->examine({})) {
    const std::vector<std::string> levels{"ok", "unknown", "warning", "problem"};
    if (one.subject.starts_with("quota")) {
      lines.push_back(levels[static_cast<std::size_t>(one.level)] + " " + one.subject + ": " +
                      one.text);
      CHECK(one.text.find('\n') == std::string::npos);
    }
  }
  return lines;
}
using Lines = std::vector<std::string>;

std::string instance_of(const std::string& type, const std::string& more = "") {
  return instance_item("running", "i-1", "<instanceType>" + type + "</instanceType>" + more);
}

const std::string as_spot = "<instanceLifecycle>spot</instanceLifecycle>";

std::size_t asked(const AskedEc2& cloud, const std::string& beginning) {
  return static_cast<std::size_t>(std::ranges::count_if(
      cloud.actions, [&](const auto& action) { return action.starts_with(beginning); }));
}

const Flags as_spot_too{{"amazonec2-request-spot-instance", "true"},
                        {"amazonec2-fallback", "on-demand"},
                        {"amazonec2-instance-type", "m5.large"}};

class OneKey final : public amazonec2::KeySource {
 public:
  std::optional<amazonec2::TimedKeys> fetch(const Context&) override {
    return amazonec2::TimedKeys{{"AKIDEXAMPLE", Secret("planted-secret"), Secret("")}};
  }
};

}  // namespace

TEST_CASE("the requests, byte by byte, with the signatures that botocore gives them") {
  using std::chrono::sys_days;
  const auto now = sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(1) +
                   std::chrono::minutes(2) + std::chrono::seconds(3);
  const std::string url = "https://servicequotas.us-east-1.amazonaws.com/";
  const std::string body = R"({"ServiceCode":"ec2","QuotaCode":"L-1216C47A"})";
  const auto signed_by = [](const std::string& signature) {
    return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/servicequotas/aws4_request, "
           "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" +
           signature;
  };
  MemoryTransport cloud;
  cloud.expect("POST", url)
      .header("Content-Type", "application/x-amz-json-1.1")
      .header("X-Amz-Target", "ServiceQuotasV20190624.GetServiceQuota")
      .header("X-Amz-Date", "20261122T010203Z")
      .header("Authorization",
              signed_by("947c451cf39aa7df913e1b185403ab68a934f2c550b7ef019699916d516c5484"))
      .body(body)
      .reply(400, R"({"__type":"NoSuchResourceException","Message":"M"})");
  cloud.expect("POST", url)
      .header("X-Amz-Target", "ServiceQuotasV20190624.GetAWSDefaultServiceQuota")
      .header("Authorization",
              signed_by("1c7e6a67255e68f55b5eb05db7f7ee317f6d4a9b795f3ba05fea75f787671bee"))
      .body(body)
      .reply(200, R"({"Quota":{"Value":5.0}})");
  amazonec2::KeySources sources;
  sources.push_back(std::make_unique<OneKey>());
  amazonec2::KeyChain keys(std::move(sources), amazonec2::KeyChain::Fallback::same_source);
  amazonec2::ServiceQuotas quotas(cloud, keys, {url, "us-east-1", "servicequotas"}, {},
                                  [&] { return now; });
  CHECK(quotas.ec2_quota({}, "L-1216C47A") == 5);
}

TEST_CASE("a quota that has room is good, in as few calls as it takes") {
  AskedEc2 cloud;
  CHECK(quotas_of(cloud) == Lines{"ok " + on_demand + ": 0 of 32 in use, 1 wanted"});
  CHECK(asked(cloud, "GetServiceQuota") == 1);
  CHECK(asked(cloud, "GetAWSDefaultServiceQuota") == 0);
  CHECK(asked(cloud, "DescribeInstanceTypes") == 1);
  CHECK(asked(cloud, "DescribeInstances") == 1);
  CHECK(asked(cloud, "DescribeSpotInstanceRequests") == 0);
  for (const auto& request : cloud.requests) {
    auto p = form(request.body);
    if (p["Action"] == "DescribeInstances" && p["DryRun"].empty()) {
      check_form(request, {{"Action", "DescribeInstances"},
                           {"Filter.1.Name", "instance-state-name"},
                           {"Filter.1.Value.1", "pending"},
                           {"Filter.1.Value.2", "running"}});
    }
  }
}

TEST_CASE("where the account never asked for more, AWS's default counts") {
  AskedEc2 cloud;
  cloud.granted.clear();
  CHECK(quotas_of(cloud) == Lines{"ok " + on_demand + ": 0 of 5 in use, 1 wanted"});
  cloud.defaults.clear();
  CHECK(quotas_of(cloud) ==
        Lines{"unknown " + on_demand + ": Service Quotas has no L-1216C47A there"});
}

TEST_CASE("what runs counts by family and market, and a create that exceeds it is a problem") {
  AskedEc2 cloud;
  cloud.granted = {{"L-1216C47A", 4}, {"L-34B43A08", 6}};
  cloud.answers["DescribeInstances"] =
      instances(instance_of("m5.large") + instance_of("t2.micro") + instance_of("g4dn.xlarge") +
                instance_of("mac1.metal") + instance_of("m5.large", as_spot) +
                instance_of("m5a.large", "<instanceLifecycle>capacity-block</instanceLifecycle>"));
  cloud.answers["DescribeSpotInstanceRequests"] = answer(
      "DescribeSpotInstanceRequests",
      "<spotInstanceRequestSet><item><spotInstanceRequestId>sir-1</spotInstanceRequestId><state>"
      "open</state><launchSpecification><instanceType>m5a.large</instanceType>"
      "</launchSpecification></item><item><spotInstanceRequestId>sir-2</spotInstanceRequestId>"
      "<state>open</state><instanceId>i-1</instanceId><launchSpecification><instanceType>m5.large"
      "</instanceType></launchSpecification></item></spotInstanceRequestSet>");
  CHECK(quotas_of(cloud, {{"amazonec2-instance-type", "t2.micro"}}) ==
        Lines{"ok " + on_demand + ": 3 of 4 in use, 1 wanted"});
  CHECK(quotas_of(cloud, {{"amazonec2-instance-type", "m5.large"}}) ==
        Lines{"problem " + on_demand + ": 3 of 4 in use, 2 wanted"});
  const Flags spot_only{{"amazonec2-request-spot-instance", "true"},
                        {"amazonec2-instance-type", "m5.large"}};
  CHECK(quotas_of(cloud, spot_only) == Lines{"ok " + spot + ": 4 of 6 in use, 2 wanted"});
  cloud.granted["L-34B43A08"] = 5;
  CHECK(quotas_of(cloud, spot_only) == Lines{"problem " + spot + ": 4 of 5 in use, 2 wanted"});
}

TEST_CASE("the remedy is a command that asks for what is wanted") {
  AskedEc2 cloud;
  cloud.granted = {{"L-1216C47A", 0}};
  Ec2Machine machine(cloud);
  const auto findings = machine->examine({});
  const auto found = std::ranges::find(findings, on_demand, &Finding::subject);
  REQUIRE(found != findings.end());
  CHECK(found->remedy ==
        "fewer or smaller instances, another region, or more: aws service-quotas "
        "request-service-quota-increase --region us-east-1 --service-code ec2 --quota-code "
        "L-1216C47A --desired-value 1");
}

TEST_CASE("an unknown quota says what to do about it") {
  AskedEc2 cloud;
  cloud.denied = {"servicequotas:GetServiceQuota"};
  Ec2Machine machine(cloud);
  const auto findings = machine->examine({});
  const auto found = std::ranges::find(findings, "quota", &Finding::subject);
  REQUIRE(found != findings.end());
  CHECK(found->remedy ==
        "allow servicequotas:GetServiceQuota and servicequotas:GetAWSDefaultServiceQuota in the "
        "IAM policy of these credentials");
}

TEST_CASE("of several candidates the first one's quota is a problem, a later one's a warning") {
  AskedEc2 cloud;
  cloud.vcpus["m5.xlarge"] = 4;
  cloud.granted = {{"L-1216C47A", 3}, {"L-34B43A08", 3}};
  CHECK(quotas_of(cloud, {{"amazonec2-instance-type", "m5.large,m5.xlarge"}}) ==
        Lines{"warning " + on_demand + ": 0 of 3 in use, 4 wanted"});
  CHECK(quotas_of(cloud, {{"amazonec2-instance-type", "m5.xlarge,m5.large"}}) ==
        Lines{"problem " + on_demand + ": 0 of 3 in use, 4 wanted"});
  cloud.granted["L-1216C47A"] = 1;
  CHECK(quotas_of(cloud, as_spot_too) ==
        Lines{"ok " + spot + ": 0 of 3 in use, 2 wanted",
              "warning " + on_demand + ": 0 of 1 in use, 2 wanted"});
  cloud.granted = {{"L-1216C47A", 9}, {"L-34B43A08", 1}};
  cloud.actions.clear();
  CHECK(quotas_of(cloud, as_spot_too) == Lines{"problem " + spot + ": 0 of 1 in use, 2 wanted",
                                               "ok " + on_demand + ": 0 of 9 in use, 2 wanted"});
  CHECK(asked(cloud, "GetServiceQuota") == 2);
}

TEST_CASE("a family without a known quota is unknown, and nobody is asked") {
  AskedEc2 cloud;
  CHECK(quotas_of(cloud, {{"amazonec2-instance-type", "mac1.metal"}}) ==
        Lines{"unknown quota: mac1.metal, on-demand: no quota in vCPUs is known of its family"});
  CHECK(quotas_of(cloud, {{"amazonec2-instance-type", "hpc6a.48xlarge"},
                          {"amazonec2-request-spot-instance", "true"}}) ==
        Lines{"unknown quota: hpc6a.48xlarge, spot: no quota in vCPUs is known of its family"});
  CHECK(asked(cloud, "GetServiceQuota") == 0);
  CHECK(asked(cloud, "DescribeInstances") == 0);
}

TEST_CASE("what may not be asked is unknown, and names the permission") {
  AskedEc2 cloud;
  SECTION("Service Quotas: nothing more is asked") {
    cloud.denied = {"servicequotas:GetServiceQuota"};
    CHECK(quotas_of(cloud) == Lines{"unknown quota: not allowed to ask Service Quotas"});
    CHECK(asked(cloud, "DescribeInstances") == 0);
  }
  SECTION("its defaults") {
    cloud.granted.clear();
    cloud.denied = {"servicequotas:GetAWSDefaultServiceQuota"};
    CHECK(quotas_of(cloud) == Lines{"unknown quota: not allowed to ask Service Quotas"});
  }
  SECTION("types of instances") {
    cloud.denied = {"ec2:DescribeInstanceTypes"};
    CHECK(quotas_of(cloud) == Lines{"unknown quota: not allowed, so the quota is not known"});
  }
  SECTION("instances") {
    cloud.denied = {"ec2:DescribeInstances"};
    CHECK(quotas_of(cloud) == Lines{"unknown quota: not allowed, so the quota is not known"});
  }
}

TEST_CASE("odd answers and none leave the quota unknown") {
  AskedEc2 cloud;
  const std::vector<std::pair<cloud::HttpReply, std::string>> cases{
      {{502, {}, "<html>Bad Gateway</html>"}, "SerializationError"},
      {{500, {}, R"({"__type":"ServiceException","Message":"M"})"}, "ServiceException: M"},
      {{400, {}, R"({"__type":"TooManyRequestsException","Message":"M"})"},
       "TooManyRequestsException: M"},
      {{400, {}, R"({"__type":"IllegalArgumentException","Message":"M"})"},
       "IllegalArgumentException: M"},
      {{404, {}, R"({"__type":"UnknownOperationException"})"}, "UnknownOperationException"},
      {{400, {}, R"({"__type":"UnrecognizedClientException","Message":"M"})"},
       "UnrecognizedClientException: M"},
      {{200, {}, "OK"}, "Service Quotas: invalid character 'O'"},
      {{200, {}, "{}"}, "Service Quotas: the answer holds no value"},
  };
  for (const auto& [reply, text] : cases) {
    INFO(text);
    cloud.quota_replies["GetServiceQuota"] = reply;
    const auto lines = quotas_of(cloud);
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().starts_with("unknown quota: "));
    CHECK(lines.front().find(text) != std::string::npos);
  }
  cloud.quota_replies.clear();
  cloud.vcpus.clear();
  CHECK(quotas_of(cloud) ==
        Lines{"unknown " + on_demand + ": EC2 does not tell how many vCPUs t2.micro has"});
}

TEST_CASE("a place that cannot be reached leaves the quota unknown, and stops nothing else") {
  class Unreachable final : public cloud::Transport {
   public:
    AskedEc2 ec2;
    int tries = 0;
    cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
      if (request.url.starts_with("https://servicequotas.")) {
        ++tries;
        CHECK(request.timeout == std::chrono::seconds(15));
        throw cloud::TransportError(Errc::unavailable, "no such host", false);
      }
      return ec2.send(ctx, request);
    }
  } cloud;
  Ec2Machine machine(cloud, {{"amazonec2-retries", "2"}});
  const auto findings = machine->examine({});
  INFO(shown(findings));
  CHECK(cloud.tries == 3);
  const auto found = std::ranges::find(findings, "quota", &Finding::subject);
  REQUIRE(found != findings.end());
  CHECK(found->level == Level::unknown);
  CHECK(found->text == "no such host");
  CHECK(std::ranges::find(findings, "permissions", &Finding::subject) != findings.end());
}

TEST_CASE("throttled and wrongly timed requests are sent again") {
  class Slow final : public cloud::Transport {
   public:
    AskedEc2 ec2;
    std::vector<std::string> dates;
    cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
      if (!request.url.starts_with("https://servicequotas.")) {
        return ec2.send(ctx, request);
      }
      dates.push_back(header_of(request, "X-Amz-Date").substr(0, 8));
      if (dates.size() == 1) {
        return {400, {}, R"({"__type":"TooManyRequestsException","Message":"M"})"};
      }
      if (dates.size() == 2) {
        return {400,
                {{"Date", "Sun, 22 Nov 2015 01:02:03 GMT"}},
                R"({"__type":"InvalidSignatureException","Message":"Signature expired"})"};
      }
      return ec2.send(ctx, request);
    }
  } cloud;
  Ec2Machine machine(cloud);
  const auto findings = machine->examine({});
  INFO(shown(findings));
  REQUIRE(cloud.dates.size() == 3);
  CHECK(cloud.dates[0].size() == 8);
  CHECK(cloud.dates[0] != "20151122");
  CHECK(cloud.dates[2] == "20151122");
  const auto found = std::ranges::find(findings, on_demand, &Finding::subject);
  REQUIRE(found != findings.end());
  CHECK(found->level == Level::good);
}

TEST_CASE("another cloud than Amazon's is asked only where it is said to have quotas") {
  AskedEc2 cloud;
  const Flags elsewhere{{"amazonec2-endpoint", "https://ec2.example"},
                        {"amazonec2-region", "r-1"},
                        {"amazonec2-ami", "ami-1"}};
  const auto told = quotas_of(cloud, elsewhere);
  REQUIRE(told.size() == 1);
  CHECK(told.front().starts_with("unknown quota: the endpoint is not Amazon's"));
  CHECK(asked(cloud, "GetServiceQuota") == 0);
  {
    const ScopedEnv place("AWS_ENDPOINT_URL_SERVICE_QUOTAS", "https://servicequotas.example");
    CHECK(quotas_of(cloud, elsewhere) ==
          Lines{"ok quota Standard on-demand vCPUs in r-1: 0 of 32 in use, 1 wanted"});
    CHECK(cloud.requests.back().url != "https://servicequotas.r-1.amazonaws.com/");
  }
  const ScopedEnv place("AWS_ENDPOINT_URL_SERVICE_QUOTAS", "ftp://servicequotas.example");
  const auto wrong = quotas_of(cloud);
  REQUIRE(wrong.size() == 1);
  CHECK(wrong.front().starts_with("unknown quota: invalid value \"ftp://servicequotas.example\""));
}

TEST_CASE("many types are asked for by the hundred") {
  AskedEc2 cloud;
  cloud.granted = {{"L-1216C47A", 1000}};
  std::string all;
  for (int i = 0; i < 150; ++i) {
    const std::string type = "m5.x" + std::to_string(i);
    cloud.vcpus[type] = 2;
    all += instance_of(type) + instance_of(type);
  }
  cloud.answers["DescribeInstances"] = instances(all);
  CHECK(quotas_of(cloud) == Lines{"ok " + on_demand + ": 600 of 1000 in use, 1 wanted"});
  CHECK(asked(cloud, "DescribeInstanceTypes") == 2);
}

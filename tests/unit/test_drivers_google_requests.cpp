// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/endpoint.hpp"
#include "drivers/google/firewall.hpp"
#include "drivers/google/instance_body.hpp"
#include "drivers/google/rancher_rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <string>

using namespace dmachine;
using namespace dmachine::google;

namespace {

std::string error_body(int code, const std::string& message, const std::string& reason) {
  return Json{{"error",
               {{"code", code},
                {"message", message},
                {"errors", Json::array({Json{
                               {"message", message}, {"domain", "global"}, {"reason", reason}}})}}}}
      .dump();
}

cloud::HttpReply refused(int status, const std::string& reason) {
  return {status, {}, error_body(status, "M", reason)};
}

/// Equal but for the order of keys.
bool same(const Json& value, const std::string& text) {
  return nlohmann::json::parse(value.dump()) == nlohmann::json::parse(text);
}

const std::string base = "https://www.googleapis.com/compute/v1/";

StoredState example() {
  StoredState state;
  state.base.machine_name = "m1";
  state.base.ssh_user = "ubuntu";
  state.project = "p";
  state.machine_image = "ubuntu-os-cloud/global/images/family/f";
  state.scopes = "https://www.googleapis.com/auth/a,https://www.googleapis.com/auth/b";
  return state;
}

}  // namespace

TEST_CASE("the API's errors read as in Google's Go library") {
  CHECK(std::string(parse_api_error(refused(403, "forbidden")).what()) ==
        "googleapi: Error 403: M, forbidden");
  const auto two = parse_api_error(
      {400,
       {},
       R"({"error":{"message":"top","errors":[{"reason":"r1","message":"m1"},{"reason":"r2","message":"m2"}]}})"});
  CHECK(
      std::string(two.what()) ==
      "googleapi: Error 400: top\nMore details:\nReason: r1, Message: m1\nReason: r2, Message: m2");
  CHECK(std::string(parse_api_error({502, {}, "<html>Bad Gateway</html>\n"}).what()) ==
        "googleapi: got HTTP response code 502 with body: <html>Bad Gateway</html>");
  CHECK(std::string(parse_api_error({500, {}, R"({"error":{"message":"only"}})"}).what()) ==
        "googleapi: Error 500: only");
  CHECK(parse_api_error(refused(404, "notFound")).message() == "M");
  CHECK_FALSE(parse_api_error(refused(403, "insufficientPermissions")).hint().empty());
}

TEST_CASE("kinds of refusal are told apart") {
  CHECK(parse_api_error(refused(400, "invalid")).code() == Errc::invalid);
  CHECK(parse_api_error(refused(401, "authError")).code() == Errc::denied);
  CHECK(parse_api_error(refused(403, "forbidden")).code() == Errc::denied);
  CHECK(parse_api_error(refused(403, "quotaExceeded")).code() == Errc::quota);
  CHECK(parse_api_error(refused(403, "rateLimitExceeded")).code() == Errc::quota);
  CHECK(parse_api_error(refused(404, "notFound")).code() == Errc::not_found);
  CHECK(parse_api_error(refused(409, "alreadyExists")).code() == Errc::conflict);
  CHECK(parse_api_error(refused(412, "conditionNotMet")).code() == Errc::conflict);
  CHECK(parse_api_error(refused(503, "backendError")).code() == Errc::unavailable);
  CHECK(parse_api_error(refused(503, "ZONE_RESOURCE_POOL_EXHAUSTED")).code() == Errc::capacity);
  CHECK_FALSE(parse_api_error(refused(503, "backendError")).is_refusal());
  CHECK(parse_api_error(refused(409, "alreadyExists")).is_refusal());
}

TEST_CASE("only what may pass by itself is tried again") {
  for (const auto& [status, reason] :
       std::vector<std::pair<int, std::string>>{{429, "rateLimitExceeded"},
                                                {500, "backendError"},
                                                {503, "backendError"},
                                                {502, ""},
                                                {403, "rateLimitExceeded"},
                                                {403, "userRateLimitExceeded"},
                                                {400, "resourceNotReady"}}) {
    INFO(status << reason);
    CHECK(is_transient(refused(status, reason)));
  }
  for (const auto& [status, reason] :
       std::vector<std::pair<int, std::string>>{{200, ""},
                                                {400, "invalid"},
                                                {401, "authError"},
                                                {403, "forbidden"},
                                                {403, "quotaExceeded"},
                                                {404, "notFound"},
                                                {409, "alreadyExists"},
                                                {412, "conditionNotMet"},
                                                {503, "ZONE_RESOURCE_POOL_EXHAUSTED"},
                                                {429, "insufficientCapacity"}}) {
    INFO(status << reason);
    CHECK_FALSE(is_transient(refused(status, reason)));
  }
  CHECK(is_transient({403,
                      {},
                      R"({"error":{"message":"m","errors":[{"reason":"x","message":"m"}],)"
                      R"("details":[{"reason":"CONCURRENT_OPERATIONS_QUOTA_EXCEEDED"}]}})"}));
}

TEST_CASE("the endpoint follows the universe and gcloud's variable") {
  CHECK(api_base("googleapis.com") == "https://compute.googleapis.com/compute/v1/");
  CHECK(api_base("example.goog") == "https://compute.example.goog/compute/v1/");
  CHECK(resource_base("googleapis.com") == base);
  CHECK(resource_base("example.goog") == "https://compute.example.goog/compute/v1/");
  const auto with = [](const std::string& value) {
    const test::ScopedEnv variable("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", value);
    return api_base("googleapis.com");
  };
  CHECK(with("https://h:8443/compute/v1") == "https://h:8443/compute/v1/");
  CHECK(with("http://127.0.0.1:80/compute/v1/") == "http://127.0.0.1:80/compute/v1/");
  CHECK(with("http://[::1]:80/x/") == "http://[::1]:80/x/");
  for (const auto* bad : {"http://10.0.0.1/compute/v1/", "ftp://h/", "h", "https://",
                          "http://127.evil.example.com.x@h/"}) {
    INFO(bad);
    CHECK_THROWS_WITH(with(bad), ContainsSubstring("CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"));
  }
}

TEST_CASE("the insert's body is the reference's") {
  auto state = example();
  InstanceFacts facts{base, "", false, {{"ssh-keys", "ubuntu:k ubuntu\n"}}};
  CHECK(same(instance_body(state, facts), R"({
    "description": "docker host vm",
    "disks": [{"autoDelete": true, "boot": true, "mode": "READ_WRITE", "type": "PERSISTENT",
      "initializeParams": {"diskName": "m1-disk", "diskSizeGb": "10",
        "diskType": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/diskTypes/pd-standard",
        "sourceImage": "https://www.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images/family/f"}}],
    "machineType": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/machineTypes/n1-standard-1",
    "metadata": {"items": [{"key": "ssh-keys", "value": "ubuntu:k ubuntu\n"}]},
    "name": "m1",
    "networkInterfaces": [{"accessConfigs": [{"type": "ONE_TO_ONE_NAT"}],
      "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/default"}],
    "scheduling": {},
    "serviceAccounts": [{"email": "default",
      "scopes": ["https://www.googleapis.com/auth/a", "https://www.googleapis.com/auth/b"]}],
    "tags": {"items": ["docker-machine"]}})"));
}

TEST_CASE("every option finds its place in the insert's body") {
  auto state = example();
  state.zone = "us-central1-ai1a";
  state.min_cpu_platform = "Intel Skylake";
  state.network = "projects/host/global/networks/shared";
  state.subnetwork = "sub";
  state.preemptible = true;
  state.maintenance_policy = "TERMINATE";
  state.tags = "a, docker-machine,b";
  state.labels = {"team:ci"};
  state.vm_labels = "os,linux";
  state.accelerator = "count=2,type=nvidia-tesla-t4";
  state.provisioned_iops = 5000;
  state.provisioned_throughput = 300;
  state.open_ports = {"80"};
  state.external_rule_prefix = "ext";
  state.internal_rule_prefix = "int";
  const Json body = instance_body(state, {base, "198.51.100.1", false, {}});
  CHECK(body["disks"][0]["initializeParams"]["labels"].dump() == R"({"team":"ci"})");
  CHECK(body["disks"][0]["initializeParams"]["provisionedIops"] == "5000");
  CHECK(body["disks"][0]["initializeParams"]["provisionedThroughput"] == "300");
  CHECK(same(body["guestAccelerators"], R"([{"acceleratorCount": 2, "acceleratorType":
    "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-ai1a/acceleratorTypes/nvidia-tesla-t4"}])"));
  CHECK(same(body["labels"], R"({"os": "linux", "team": "ci",
    "rancher-external-fw-rule": "ext-external-rancher-nodes", "rancher-internal-fw-rule": "int-internal-rancher-nodes"})"));
  CHECK(same(body["metadata"], R"({"items": []})"));
  CHECK(body["minCpuPlatform"] == "Intel Skylake");
  CHECK(same(body["networkInterfaces"],
             R"([{"accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "198.51.100.1"}],
    "network": "projects/host/global/networks/shared", "subnetwork": "projects/host/regions/us-central1/subnetworks/sub"}])"));
  CHECK(same(body["scheduling"], R"({"preemptible": true, "onHostMaintenance": "TERMINATE"})"));
  CHECK(
      body["tags"]["items"] ==
      parse_json(
          R"(["docker-machine", "a", "b", "ext-external-rancher-nodes", "int-internal-rancher-nodes"])"));
}

TEST_CASE("an instance without external address, and one on an old disk") {
  auto state = example();
  state.use_internal_ip_only = true;
  const Json body = instance_body(state, {base, "", true, {}});
  CHECK_FALSE(body["networkInterfaces"][0].contains("accessConfigs"));
  CHECK(body["disks"][0]["source"] == base + "projects/p/zones/us-central1-a/disks/m1-disk");
  CHECK_FALSE(body["disks"][0].contains("initializeParams"));
}

TEST_CASE("a firewall rule's ranges and protocols count, not its texts alone") {
  const auto missing = [](const std::string& allowed, const std::vector<Port>& wanted) {
    return missing_ports(parse_json(R"({"allowed":)" + allowed + "}"), wanted);
  };
  const std::vector<Port> wanted{{"2376", "tcp"}, {"53", "udp"}};
  CHECK(missing(R"([{"IPProtocol":"tcp","ports":["2376"]},{"IPProtocol":"udp","ports":["53"]}])",
                wanted)
            .empty());
  CHECK(missing(R"([{"IPProtocol":"tcp","ports":["2000-3000"]},{"IPProtocol":"udp"}])", wanted)
            .empty());
  CHECK(missing(R"([{"IPProtocol":"all"}])", wanted).empty());
  CHECK(missing(R"([{"IPProtocol":"tcp","ports":["22"]}])", wanted) == wanted);
  CHECK(missing(R"([{"IPProtocol":"tcp","ports":["2376"]}])", wanted) ==
        std::vector<Port>{{"53", "udp"}});
  CHECK(missing_ports(Json::object(), wanted) == wanted);
  CHECK(allowed_entries({{"2376", "tcp"}, {"53", "udp"}, {"80", "tcp"}}).dump() ==
        R"([{"IPProtocol":"tcp","ports":["2376","80"]},{"IPProtocol":"udp","ports":["53"]}])");
}

TEST_CASE("each network has a rule of its own, and its name fits") {
  CHECK(rule_name("https://www.googleapis.com/compute/v1/projects/p/global/networks/default") ==
        "docker-machines");
  CHECK(rule_name("projects/p/global/networks/ci") == "docker-machines-ci");
  CHECK(rule_name("projects/p/global/networks/" + std::string(63, 'n')).size() == 63);
}

TEST_CASE("the ports of swarm masters and of users are opened with the engine's") {
  auto state = example();
  state.base.swarm_master = true;
  state.base.swarm_host = "tcp://0.0.0.0:3376";
  state.open_ports = {"80", "2376/tcp"};
  CHECK(wanted_ports(state) == std::vector<Port>{{"2376", "tcp"}, {"3376", "tcp"}, {"80", "tcp"}});
  state.external_rule_prefix = "ext";
  CHECK(wanted_ports(state) == std::vector<Port>{{"2376", "tcp"}, {"3376", "tcp"}});
}

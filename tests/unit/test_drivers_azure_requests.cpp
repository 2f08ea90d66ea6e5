// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/azure/api_error.hpp"
#include "drivers/azure/bodies.hpp"
#include "drivers/azure/credentials/token_file.hpp"
#include "drivers/azure/from_options.hpp"
#include "drivers/azure/instance_view.hpp"
#include "drivers/azure/operations.hpp"
#include "drivers/azure/options.hpp"
#include "drivers/azure/tenant.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace dmachine;
using namespace dmachine::azure;

namespace {

using Flags = std::vector<std::pair<std::string, std::string>>;

StoredState from(const Flags& flags, const SwarmFacts& swarm = {false, "tcp://0.0.0.0:3376", ""}) {
  OptionValues values(options());
  values.set("azure-subscription-id", "01234567-89ab-cdef-0123-456789abcdef", Origin::command_line);
  for (const auto& [flag, text] : flags) {
    values.set(flag, text, Origin::command_line);
  }
  return state_from_options({"m1", "/s"}, values, swarm);
}

bool is(const Json& value, const std::string& text) {
  return nlohmann::json(value) == nlohmann::json::parse(text);
}

cloud::HttpReply answer(int status, const std::string& body, cloud::Headers headers = {}) {
  return {status, std::move(headers), body};
}

ApiError error_of(int status, const std::string& body) {
  return parse_api_error(answer(status, body));
}

const std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};

}  // namespace

TEST_CASE("the virtual machine's body, field by field") {
  auto state = from({{"azure-tags", "team,ci"}});
  state.base.owner = {"5", "c"};
  const Json body = virtual_machine_body(state, {"/nic", "", "ssh-rsa AAAA", ""});
  CHECK(is(body, R"({
    "location": "westus",
    "tags": {"dmachine-machine": "m1", "dmachine-store": "5", "dmachine-create": "c", "team": "ci"},
    "properties": {
      "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
      "storageProfile": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts",
                           "sku": "server", "version": "latest"},
        "osDisk": {"name": "m1-os-disk", "caching": "ReadWrite", "createOption": "FromImage",
                   "deleteOption": "Delete", "managedDisk": {"storageAccountType": "Standard_LRS"}}},
      "osProfile": {
        "computerName": "m1", "adminUsername": "docker-user",
        "linuxConfiguration": {"disablePasswordAuthentication": true, "ssh": {"publicKeys": [
          {"path": "/home/docker-user/.ssh/authorized_keys", "keyData": "ssh-rsa AAAA"}]}}},
      "networkProfile": {"networkInterfaces": [
        {"id": "/nic", "properties": {"primary": true, "deleteOption": "Delete"}}]}}})"));
}

TEST_CASE("what options add to the virtual machine's body") {
  const auto body = [](const Flags& flags,
                       const VirtualMachineParts& parts = {"/nic", "", "k", ""}) {
    return virtual_machine_body(from(flags), parts);
  };
  const Json spot = body({{"azure-spot", "true"},
                          {"azure-spot-max-price", "0.05"},
                          {"azure-eviction-policy", "deallocate"}})["properties"];
  CHECK(spot["priority"] == "Spot");
  CHECK(spot["evictionPolicy"] == "Deallocate");
  CHECK(spot["billingProfile"]["maxPrice"] == 0.05);
  CHECK(body({{"azure-spot", "true"}})["properties"]["billingProfile"]["maxPrice"] == -1);
  const Json ephemeral =
      body({{"azure-ephemeral-os-disk", "true"}})["properties"]["storageProfile"]["osDisk"];
  CHECK(ephemeral["diffDiskSettings"]["option"] == "Local");
  CHECK(ephemeral["caching"] == "ReadOnly");
  const Json disk = body({{"azure-disk-type", "Premium_LRS"},
                          {"azure-disk-size", "64"}})["properties"]["storageProfile"]["osDisk"];
  CHECK(disk["managedDisk"]["storageAccountType"] == "Premium_LRS");
  CHECK(disk["diskSizeGB"] == 64);
  CHECK(is(body({{"azure-availability-zone", "2"}})["zones"], R"(["2"])"));
  CHECK(body({}, {"/nic", "/set", "k", "#!/bin/sh"})["properties"]["availabilitySet"]["id"] ==
        "/set");
  CHECK(body({}, {"/nic", "", "k", "#!/bin/sh"})["properties"]["osProfile"]["customData"] ==
        "IyEvYmluL3No");
  CHECK(is(body({{"azure-plan", "p:q:r"}})["plan"],
           R"({"publisher": "p", "product": "q", "name": "r"})"));
  CHECK(body({{"azure-encryption-at-host",
               "true"}})["properties"]["securityProfile"]["encryptionAtHost"] == true);
}

TEST_CASE("tags: whose it is, and what the user says") {
  const auto tags_with = [](const std::string& tags, const Owner& owner) {
    auto state = from({{"azure-tags", tags}});
    state.base.owner = owner;
    return virtual_machine_tags(state);
  };
  CHECK(is(tags_with("", {}), "{}"));
  CHECK(is(tags_with("a,b", {}), R"({"a": "b"})"));
  // A user's tag of our name is the user's.
  CHECK(is(tags_with("Dmachine-Machine,mine", {"5", "c"}),
           R"({"Dmachine-Machine": "mine", "dmachine-store": "5", "dmachine-create": "c"})"));
  std::string many = "k0,v";
  for (int i = 1; i < 47; ++i) {
    many += fmt::format(",k{},v", i);
  }
  CHECK(tags_with(many, {"5", "c"}).size() == 50);
  // Azure takes no more than 50: the user's own stay.
  const Json full = tags_with(many + ",k47,v", {"5", "c"});
  CHECK(full.size() == 48);
  CHECK_FALSE(full.contains("dmachine-store"));
  auto state = from({});
  state.base.owner = {"5", "c"};
  CHECK(is(shared_tags(state), R"({"docker-machine-managed": "true", "dmachine-store": "5"})"));
  CHECK(is(public_ip_body(state)["tags"],
           R"({"dmachine-machine": "m1", "dmachine-store": "5", "dmachine-create": "c"})"));
}

TEST_CASE("security rules: SSH, engine, swarm, ports, sources") {
  const Json rules = security_rules(
      from({{"azure-open-port", "80"}, {"azure-open-port", "80/tcp"}, {"azure-open-port", "5-9/*"}},
           {true, "tcp://0.0.0.0:3376", ""}));
  REQUIRE(rules.size() == 5);
  CHECK(is(rules[0], R"({"name": "SSHAllowAny", "properties": {
    "description": "Allow ssh from public Internet", "protocol": "Tcp", "sourcePortRange": "*",
    "destinationPortRange": "22", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*",
    "access": "Allow", "priority": 100, "direction": "Inbound"}})"));
  CHECK(rules[1]["properties"]["destinationPortRange"] == "2376");
  CHECK(rules[2]["name"] == "DockerSwarmAllowAny");
  CHECK(rules[2]["properties"]["priority"] == 500);
  CHECK(rules[3]["name"] == "Port80-TcpAllowAny");
  CHECK(rules[4]["name"] == "Port5-9-AsteriskAllowAny");
  CHECK(rules[4]["properties"]["priority"] == 1001);
  const Json closed = security_rules(from({{"azure-source-cidr", "198.51.100.0/24"},
                                           {"azure-source-cidr", "203.0.113.7"},
                                           {"azure-open-port", "80"}}));
  CHECK(is(closed[0]["properties"]["sourceAddressPrefixes"],
           R"(["198.51.100.0/24", "203.0.113.7"])"));
  CHECK_FALSE(closed[0]["properties"].contains("sourceAddressPrefix"));
  CHECK(closed[2]["properties"]["sourceAddressPrefix"] == "*");
}

TEST_CASE("a shared security group gets the rules that it lacks, at free priorities") {
  const Json wanted = security_rules(from({}));
  Json group = security_group_body(from({}), shared_tags(from({})));
  CHECK_FALSE(with_missing_rules(group, wanted));
  group["properties"]["securityRules"][1]["name"] = "Other";
  group["properties"]["securityRules"][1]["id"] = "/x";
  const auto body = with_missing_rules(group, wanted);
  REQUIRE(body);
  const Json& rules = (*body)["properties"]["securityRules"];
  REQUIRE(rules.size() == 3);
  CHECK_FALSE(rules[1].contains("id"));
  CHECK(rules[2]["name"] == "DockerAllowAny");
  CHECK(rules[2]["properties"]["priority"] == 301);
}

TEST_CASE("network bodies") {
  CHECK(is(virtual_network_body(from({})), R"({
    "location": "westus", "tags": {"docker-machine-managed": "true"},
    "properties": {
      "addressSpace": {"addressPrefixes": ["192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12"]},
      "subnets": [{"name": "docker-machine", "properties": {"addressPrefix": "192.168.0.0/16"}}]}})"));
  CHECK(is(virtual_network_body(
               from({{"azure-subnet-prefix", "100.64.0.0/16"}}))["properties"]["addressSpace"],
           R"({"addressPrefixes": ["100.64.0.0/16"]})"));
  CHECK(is(public_ip_body(from({{"azure-dns", "label"}, {"azure-availability-zone", "1"}})), R"({
    "location": "westus",
    "tags": {},
    "sku": {"name": "Standard"}, "zones": ["1"],
    "properties": {"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4",
                   "dnsSettings": {"domainNameLabel": "label"}}})"));
  CHECK(is(interface_body(from({}), "/subnet", "/nsg", "/ip")["properties"], R"({
    "networkSecurityGroup": {"id": "/nsg"},
    "ipConfigurations": [{"name": "ip", "properties": {
      "subnet": {"id": "/subnet"}, "privateIPAllocationMethod": "Dynamic",
      "publicIPAddress": {"id": "/ip", "properties": {"deleteOption": "Delete"}}}}]})"));
  const Json fixed = interface_body(
      from({{"azure-private-ip-address", "192.168.0.9"}, {"azure-accelerated-networking", "true"}}),
      "/subnet", "/nsg", "")["properties"];
  CHECK(fixed["enableAcceleratedNetworking"] == true);
  CHECK(is(fixed["ipConfigurations"][0]["properties"], R"({"subnet": {"id": "/subnet"},
    "privateIPAllocationMethod": "Static", "privateIPAddress": "192.168.0.9"})"));
}

TEST_CASE("only what has our tag, or rancher's, is ours") {
  CHECK(is_ours(parse_json(R"({"tags": {"docker-machine-managed": "true"}})")));
  CHECK(is_ours(parse_json(R"({"tags": {"Rancher-Managed": "true"}})")));
  for (const auto* other :
       {"{}", R"({"tags": null})", R"({"tags": {"docker-machine-managed": "no"}})"}) {
    CHECK_FALSE(is_ours(parse_json(other)));
  }
}

TEST_CASE("what an error means") {
  const auto body = [](const std::string& code, const std::string& message = "M") {
    return R"({"error":{"code":")" + code + R"(","message":")" + message + R"("}})";
  };
  CHECK(std::string(error_of(400, body("InvalidParameter")).what()) ==
        R"(Service returned an error. Status=400 Code="InvalidParameter" Message="M")");
  CHECK(error_of(400, body("InvalidParameter")).code() == Errc::invalid);
  CHECK(error_of(403, body("AuthorizationFailed")).code() == Errc::denied);
  for (const auto* code :
       {"SkuNotAvailable", "AllocationFailed", "ZonalAllocationFailed",
        "OverconstrainedAllocationRequest", "OverconstrainedZonalAllocationRequest",
        "SpotPriceGreaterThanProvidedMaxPrice"}) {
    CHECK(error_of(409, body(code)).code() == Errc::capacity);
    CHECK(operation_error("Failed", parse_fault(parse_json(body(code)))).code() == Errc::capacity);
  }
  CHECK(error_of(409, body("QuotaExceeded")).code() == Errc::quota);
  CHECK(error_of(409, body("OperationNotAllowed", "exceeding approved Total Cores quota")).code() ==
        Errc::quota);
  CHECK(error_of(404, body("ResourceNotFound")).is_gone());
  CHECK(error_of(404, body("ResourceGroupNotFound")).is_gone());
  // Neither a proxy's page nor an unknown subscription says that a machine is gone.
  CHECK_FALSE(error_of(404, "<html>").is_gone());
  CHECK(error_of(404, "<html>").code() != Errc::not_found);
  CHECK_FALSE(error_of(404, body("SubscriptionNotFound")).is_gone());
  CHECK(error_of(404, body("SubscriptionNotFound")).code() == Errc::denied);
  CHECK(error_of(400, body("NicReservedForAnotherVm")).is_reserved());
  CHECK(error_of(400, body("InUseSubnetCannotBeDeleted")).is_in_use());
  CHECK(error_of(400, body("PublicIPAddressCannotBeDeleted")).is_in_use());
  CHECK(error_of(409, body("AnotherOperationInProgress")).is_busy());
  CHECK_FALSE(error_of(409, body("AnotherOperationInProgress")).is_in_use());
  CHECK(error_of(404, body("InvalidResourceReference")).lacks_reference());
  // The useful code is often the innermost.
  const auto inner = error_of(
      429,
      R"({"error":{"code":"Outer","message":"first","details":[{"code":"Middle","message":"second",)"
      R"("details":[{"code":"ReferencedResourceNotProvisioned","message":"third"}]}]}})");
  CHECK(inner.is_busy());
  CHECK(inner.fault().message == "first Middle: second ReferencedResourceNotProvisioned: third");
}

TEST_CASE("what is worth another try") {
  const auto body = [](const std::string& code) {
    return R"({"error":{"code":")" + code + R"(","message":"M"}})";
  };
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CHECK(is_transient(answer(status, "")));
  }
  CHECK(is_transient(answer(409, body("AnotherOperationInProgress"))));
  CHECK(is_transient(answer(429, body("RetryableError"))));
  CHECK(is_transient(answer(409, body("OperationPreempted"))));
  CHECK_FALSE(is_transient_but_busy(answer(429, body("RetryableError"))));
  CHECK_FALSE(is_transient(answer(500, body("AllocationFailed"))));
  CHECK_FALSE(is_transient(answer(409, body("SkuNotAvailable"))));
  CHECK_FALSE(is_transient(answer(409, body("ResourceGroupBeingDeleted"))));
  CHECK_FALSE(is_transient(answer(400, body("NicReservedForAnotherVm"))));
  CHECK_FALSE(is_transient(answer(200, body("AnotherOperationInProgress"))));
}

TEST_CASE("three styles of long operations, and none") {
  using Style = Operation::Style;
  const auto parsed = [](int status, const std::string& body, cloud::Headers headers) {
    return parse_operation(answer(status, body, std::move(headers)), "https://arm/r", now);
  };
  const auto async = parsed(201, R"({"properties":{"provisioningState":"Creating"}})",
                            {{"Azure-AsyncOperation", "https://arm/op"}, {"Retry-After", "7"}});
  CHECK(async.style == Style::status);
  CHECK(async.url == "https://arm/op");
  CHECK(async.retry_after == std::chrono::seconds(7));
  CHECK_FALSE(parse_progress(async, answer(200, R"({"status":"InProgress"})")));
  CHECK(parse_progress(async, answer(200, R"({"status":"Succeeded"})")));
  CHECK_THROWS_WITH(
      parse_progress(async, answer(200, R"({"status":"Failed","error":)"
                                        R"({"code":"ImageNotFound","message":"M"}})")),
      "Long running operation terminated with status 'Failed': Code=\"ImageNotFound\" "
      "Message=\"M\"");
  CHECK_THROWS_AS(parse_progress(async, answer(200, R"({"status":"Canceled"})")), ApiError);
  CHECK_THROWS_AS(parse_progress(async, answer(200, "{}")), Error);

  const auto location = parsed(202, "", {{"Location", "https://arm/result"}});
  CHECK(location.style == Style::location);
  CHECK_FALSE(parse_progress(location, answer(202, "")));
  CHECK(parse_progress(location, answer(204, "")));

  const auto resource = parsed(201, R"({"properties":{"provisioningState":"Updating"}})", {});
  CHECK(resource.style == Style::resource);
  CHECK(resource.url == "https://arm/r");
  CHECK_FALSE(
      parse_progress(resource, answer(200, R"({"properties":{"provisioningState":"Updating"}})")));
  CHECK(
      parse_progress(resource, answer(200, R"({"properties":{"provisioningState":"Succeeded"}})")));
  CHECK_THROWS_AS(
      parse_progress(resource, answer(200, R"({"properties":{"provisioningState":"Failed"}})")),
      ApiError);
  CHECK(parsed(200, R"({"properties":{"provisioningState":"Succeeded"}})", {}).style ==
        Style::done);
  CHECK(parsed(200, "{}", {}).style == Style::done);
  CHECK(parsed(204, "", {}).style == Style::done);
  CHECK_THROWS_AS(parsed(200, R"({"properties":{"provisioningState":"Failed"}})", {}), ApiError);
}

TEST_CASE("the pause before a look: as told, and never none") {
  const Backoff backoff{Duration(50), std::chrono::seconds(5)};
  Operation operation;
  CHECK(pause_before_look(operation, backoff, 0, 0.5) == backoff.delay(0, 0.5));
  CHECK(pause_before_look(operation, backoff, 6, 0.5) > std::chrono::seconds(2));
  operation.retry_after = Duration(0);
  CHECK(pause_before_look(operation, backoff, 0, 0.0) >= Duration(25));
  operation.retry_after = std::chrono::seconds(7);
  CHECK(pause_before_look(operation, backoff, 9, 0.0) == std::chrono::seconds(7));
}

TEST_CASE("power states") {
  const auto view = [](const std::vector<std::string>& codes) {
    Json statuses = Json::array();
    for (const auto& code : codes) {
      statuses.push_back(Json{{"code", code}});
    }
    return Json{{"statuses", statuses}};
  };
  const std::vector<std::pair<std::string, State>> table{
      {"running", State::running},   {"starting", State::starting},
      {"stopping", State::stopping}, {"deallocating", State::stopping},
      {"stopped", State::stopped},   {"deallocated", State::stopped},
      {"unknown", State::error},     {"Running", State::running},
  };
  for (const auto& [power, expected] : table) {
    INFO(power);
    CHECK(state_of(view({"ProvisioningState/succeeded", "PowerState/" + power})) == expected);
  }
  CHECK(state_of(view({"ProvisioningState/failed/AllocationFailed"})) == State::error);
  CHECK(state_of(view({"ProvisioningState/creating"})) == State::starting);
  CHECK(state_of(view({"ProvisioningState/deleting"})) == State::stopping);
  CHECK(state_of(Json::object()) == State::starting);
}

TEST_CASE("addresses in replies") {
  const Json ip = parse_json(
      R"({"properties":{"ipAddress":"20.1.2.3","dnsSettings":{"fqdn":"l.westus.cloudapp.azure.com"}}})");
  CHECK(public_address(ip, false) == "20.1.2.3");
  CHECK(public_address(ip, true) == "l.westus.cloudapp.azure.com");
  CHECK(public_address(Json::object(), true).empty());
  CHECK(
      private_address(parse_json(
          R"({"properties":{"ipConfigurations":[{"properties":{"privateIPAddress":"10.0.0.4"}}]}})")) ==
      "10.0.0.4");
  CHECK(private_address(parse_json(R"({"properties":{"ipConfigurations":[]}})")).empty());
}

TEST_CASE("the tenant in a challenge") {
  CHECK(tenant_in_challenge("Bearer authorization_uri=\"https://login.windows.net/"
                            "996fe9d1-0000-0000-0000-000000000000\", error=\"invalid_token\"") ==
        "996fe9d1-0000-0000-0000-000000000000");
  CHECK_FALSE(tenant_in_challenge("Bearer realm=\"x\""));
  CHECK_FALSE(tenant_in_challenge("Bearer authorization_uri=\"https://login.windows.net/common\""));
}

TEST_CASE("the token files of Docker Machine and of rancher's fork") {
  const auto quoted = parse_token_file(
      R"({"access_token":"A","refresh_token":"R","expires_in":"3599","expires_on":"1800000000",)"
      R"("not_before":"1799996400","resource":"https://management.core.windows.net/",)"
      R"("token_type":"Bearer"})");
  REQUIRE(quoted);
  CHECK(quoted->token.value.reveal() == "A");
  CHECK(quoted->refresh_token.reveal() == "R");
  CHECK(cloud::WallClock::to_time_t(quoted->token.expires) == 1800000000);
  const auto bare = parse_token_file(R"({"access_token":"A","expires_on":1800000000})");
  REQUIRE(bare);
  CHECK(cloud::WallClock::to_time_t(bare->token.expires) == 1800000000);
  CHECK_FALSE(parse_token_file("nonsense"));
  CHECK_FALSE(parse_token_file("{}"));
  const auto written = to_token_file(*quoted, "https://management.azure.com/",
                                     cloud::WallClock::from_time_t(1799999000));
  CHECK(written.reveal() ==
        R"({"access_token":"A","refresh_token":"R","expires_in":"1000","expires_on":"1800000000",)"
        R"("not_before":"1799999000","resource":"https://management.azure.com/",)"
        R"("token_type":"Bearer"})");
}

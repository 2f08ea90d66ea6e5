// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/azure_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

const std::string operation_url = arm + "/subscriptions/s/operations/1?t=1&c=secret";

void expect_nothing_there(MemoryTransport& cloud, const std::string& group_code) {
  cloud.expect("GET", vm_url).header("Authorization", "Bearer T1").reply(404, refusal(group_code));
  for (const auto& url : {vnet_url, nsg_url, nic_url, disk_url}) {
    cloud.expect("GET", url).reply(404, gone());
  }
  cloud.expect("GET", image_url).reply(200, one_image);
  cloud.expect("GET", ip_url).reply(404, gone());
}

void expect_network(MemoryTransport& cloud) {
  cloud.expect("GET", vnet_url)
      .reply(200, R"({"location":"westus","properties":{"subnets":[{"name":"docker-machine"}]}})");
}

Json begun(const AzureMachine& machine) {
  return machine.saved.back()["PendingCreate"]["Begun"];
}

}  // namespace

TEST_CASE("create from nothing: the calls, in order, with what is saved before each") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  expect_nothing_there(cloud, "ResourceGroupNotFound");
  cloud.expect("PUT", arm + group_path() + "?api-version=2025-04-01")
      .json(R"({"location": "westus", "tags": {"docker-machine-managed": "true",
                "dmachine-store": "0123456789abcdef"}})")
      .reply(201, provisioned("Succeeded"));
  cloud.expect("PUT", vnet_url)
      .any_body()
      .check([&](const cloud::HttpRequest&) {
        CHECK(begun(machine).dump() == R"(["networkSecurityGroup","publicIPAddress"])");
        CHECK(machine.saved.back()["PendingCreate"]["SentAt"] > 1700000000);
      })
      .reply(201, provisioned("Updating"), {{"Azure-AsyncOperation", operation_url}});
  cloud.expect("GET", operation_url)
      .header("Authorization", "Bearer T1")
      .reply(200, R"({"status":"InProgress"})");
  cloud.expect("GET", operation_url).reply(200, R"({"status":"Succeeded"})");
  cloud.expect("PUT", nsg_url).any_body().reply(201, provisioned("Succeeded"));
  cloud.expect("PUT", ip_url)
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        const Json tags = parse_json(request.body)["tags"];
        CHECK(tags.dump() == R"({"dmachine-machine":"m1","dmachine-store":"0123456789abcdef",)"
                             R"("dmachine-create":"fedcba9876543210"})");
        CHECK(machine.saved.back()["Owner"]["Create"] == tags["dmachine-create"]);
      })
      .reply(201, provisioned("Updating"));
  cloud.expect("GET", ip_url).reply(200, provisioned("Succeeded", {{"ipAddress", "20.1.2.3"}}));
  cloud.expect("PUT", nic_url)
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        CHECK(begun(machine).size() == 3);
        const Json properties = parse_json(request.body)["properties"];
        CHECK(properties["networkSecurityGroup"]["id"] ==
              id_of("Microsoft.Network/networkSecurityGroups/m1-firewall"));
        const Json ip = properties["ipConfigurations"][0]["properties"];
        CHECK(
            ip["subnet"]["id"] ==
            id_of("Microsoft.Network/virtualNetworks/docker-machine-vnet/subnets/docker-machine"));
        CHECK(ip["publicIPAddress"]["id"] == id_of("Microsoft.Network/publicIPAddresses/m1-ip"));
      })
      .reply(201, provisioned("Succeeded"));
  cloud.expect("PUT", vm_url)
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        CHECK(begun(machine).size() == 5);
        const Json profile = parse_json(request.body)["properties"]["osProfile"];
        CHECK(profile["linuxConfiguration"]["ssh"]["publicKeys"][0]["keyData"] ==
              machine.public_key());
      })
      .reply(201, provisioned("Creating"),
             {{"Location", arm + "/result"}, {"Azure-AsyncOperation", operation_url}});
  cloud.expect("GET", operation_url).reply(200, R"({"status":"Succeeded"})");
  machine.create();
  CHECK(machine->stored_address() == "20.1.2.3");
  CHECK(machine->engine_url("20.1.2.3") == "tcp://20.1.2.3:2376");
  CHECK_FALSE(machine.saved.back().contains("PendingCreate"));
}

TEST_CASE("create where all that is shared is there already") {
  MemoryTransport cloud;
  AzureMachine machine(cloud, {{"azure-no-public-ip", "true"},
                               {"azure-availability-set", "set"},
                               {"azure-vnet", "net:docker-machine-vnet"},
                               {"azure-nsg", "shared"}});
  const auto other_vnet = network("virtualNetworks/docker-machine-vnet", "net");
  const auto shared_nsg = network("networkSecurityGroups/shared");
  cloud.expect("GET", vm_url).reply(404, gone());
  cloud.expect("GET", other_vnet)
      .reply(200, R"({"location":"West US","properties":{"subnets":[{"name":"Docker-Machine"}]}})");
  cloud.expect("GET", shared_nsg).reply(200, R"({"location":"westus"})");
  cloud.expect("GET", nic_url).reply(404, gone());
  cloud.expect("GET", disk_url).reply(404, gone());
  cloud.expect("GET", image_url).reply(200, one_image);
  cloud.expect("GET", compute("availabilitySets/set")).reply(200, R"({"sku":{"name":"Aligned"}})");
  cloud.expect("PUT", nic_url)
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        CHECK(request.body.find("publicIPAddress") == std::string::npos);
        CHECK(request.body.find(group_path("net")) != std::string::npos);
        CHECK(request.body.find("networkSecurityGroups/shared") != std::string::npos);
      })
      .reply(
          200,
          provisioned(
              "Succeeded",
              {{"ipConfigurations",
                Json::array({Json{{"properties", Json{{"privateIPAddress", "192.168.0.4"}}}}})}}));
  cloud.expect("PUT", vm_url)
      .any_body()
      .check([](const cloud::HttpRequest& request) {
        CHECK(parse_json(request.body)["properties"]["availabilitySet"]["id"] ==
              id_of("Microsoft.Compute/availabilitySets/set"));
      })
      .reply(200, provisioned("Succeeded"));
  machine.create();
  CHECK(machine->stored_address() == "192.168.0.4");
}

TEST_CASE("a name that Azure refuses is refused before any call") {
  MemoryTransport cloud;
  AzureMachine machine(cloud, {}, std::string(70, 'a'));
  CHECK_THROWS_WITH(machine.create(), ContainsSubstring("has 70 characters, but 64 is the limit"));
  AzureMachine other(cloud, {}, "a-");
  CHECK_THROWS_WITH(other.create(), ContainsSubstring("cannot be a virtual machine's name"));
  AzureMachine third(cloud, {{"azure-custom-data", "/nowhere"}});
  CHECK_THROWS_WITH(third.create(), "custom-data file /nowhere could not be found");
}

TEST_CASE("what cannot work is refused before anything is made") {
  MemoryTransport cloud;
  AzureMachine machine(cloud, {{"azure-availability-set", "set"}});
  const auto expect = [&](const std::string& vm, const std::string& vnet, const std::string& set,
                          int image = 200) {
    cloud.expect("GET", vm_url).reply(vm.empty() ? 404 : 200, vm.empty() ? gone() : vm);
    cloud.expect("GET", vnet_url).reply(200, vnet);
    for (const auto& url : {nsg_url, nic_url, disk_url}) {
      cloud.expect("GET", url).reply(404, gone());
    }
    cloud.expect("GET", image_url).reply(image, image == 200 ? one_image : refusal("NotFound"));
    cloud.expect("GET", ip_url).reply(404, gone());
    cloud.expect("GET", compute("availabilitySets/set")).reply(200, set);
  };
  const std::string here = R"({"location":"westus"})";
  const std::string aligned = R"({"sku":{"name":"Aligned"}})";
  expect("{}", here, aligned);
  CHECK_THROWS_WITH(machine->precheck({}),
                    "Virtual Machine with name m1 already exists in "
                    "resource group \"docker-machine\"");
  expect("", R"({"location":"eastus"})", aligned);
  CHECK_THROWS_WITH(machine->precheck({}),
                    "Virtual Network must exist in the same region, provided name "
                    "docker-machine-vnet exists in region eastus, expected westus");
  expect("", here, R"({"sku":{"name":"Classic"}})");
  CHECK_THROWS_WITH(machine->precheck({}),
                    ContainsSubstring("cannot convert non-managed availability set"));
  expect("", here, aligned, 404);
  CHECK_THROWS_WITH(machine->precheck({}),
                    "there is no image \"canonical:ubuntu-24_04-lts:server:latest\" in region "
                    "\"westus\"");
}

TEST_CASE("a refused look is told, and nothing is made") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  cloud.expect("GET", vm_url).reply(403, refusal("AuthorizationFailed", "no right"));
  for (const auto& url : {vnet_url, nsg_url, nic_url, disk_url}) {
    cloud.expect("GET", url).reply(404, gone());
  }
  cloud.expect("GET", image_url).reply(200, one_image);
  cloud.expect("GET", ip_url).reply(404, gone());
  CHECK_THROWS_WITH(machine->precheck({}),
                    "virtual machine \"m1\": Service returned an error. Status=403 "
                    "Code=\"AuthorizationFailed\" Message=\"no right\"");
}

TEST_CASE("a leftover of the machine's earlier create is taken over, not that of another store") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  cloud.expect("GET", vm_url).reply(404, gone());
  expect_network(cloud);
  const std::string left =
      R"({"tags":{"dmachine-machine":"m1","dmachine-store":"5"},"properties":{}})";
  cloud.expect("GET", nsg_url).reply(200, left);
  cloud.expect("GET", nic_url).reply(200, left);
  cloud.expect("GET", disk_url).reply(404, gone());
  cloud.expect("GET", image_url).reply(200, one_image);
  cloud.expect("GET", ip_url).reply(200, left);
  machine->precheck({});
  machine->set_owner({"6", "c"});
  CHECK_THROWS_WITH(machine->create({}, machine.checkpoint()),
                    "network interface \"m1-nic\" already exists in resource group "
                    "\"docker-machine\"");
}

TEST_CASE("a subnet that vanishes before the interface is made is made again") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.give_up_after = std::chrono::seconds(60);
  machine.open(azure::parse_state(machine->to_json()));
  cloud.expect("GET", vm_url).reply(404, gone());
  expect_network(cloud);
  for (const auto& url : {nsg_url, nic_url, disk_url}) {
    cloud.expect("GET", url).reply(404, gone());
  }
  cloud.expect("GET", image_url).reply(403, refusal("AuthorizationFailed"));
  cloud.expect("GET", ip_url).reply(404, gone());
  cloud.expect("PUT", nsg_url).any_body().reply(200, provisioned("Succeeded"));
  cloud.expect("PUT", ip_url)
      .any_body()
      .reply(200, provisioned("Succeeded", {{"ipAddress", "20.1.2.3"}}));
  cloud.expect("PUT", nic_url).any_body().reply(400, refusal("InvalidResourceReference"));
  cloud.expect("GET", vnet_url).reply(404, gone());
  // Another create is at it already: look again rather than overwrite its subnets.
  cloud.expect("PUT", vnet_url).any_body().reply(429, refusal("RetryableError"));
  cloud.expect("GET", vnet_url).reply(200, R"({"location":"westus","properties":{"subnets":[]}})");
  cloud.expect("PUT", subnet_url)
      .json(R"({"properties": {"addressPrefix": "192.168.0.0/16"}})")
      .reply(200, provisioned("Succeeded"));
  cloud.expect("PUT", nic_url).any_body().reply(200, provisioned("Succeeded"));
  cloud.expect("PUT", vm_url).any_body().reply(200, provisioned("Succeeded"));
  machine.create();
}

TEST_CASE(
    "an operation that lost a race is started again; an unregistered provider is registered") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.give_up_after = std::chrono::seconds(60);
  machine.open(azure::parse_state(machine->to_json()));
  cloud.expect("GET", vm_url).reply(404, gone());
  expect_network(cloud);
  for (const auto& url : {nsg_url, nic_url, disk_url}) {
    cloud.expect("GET", url).reply(404, gone());
  }
  cloud.expect("GET", image_url).reply(403, refusal("AuthorizationFailed"));
  cloud.expect("GET", ip_url).reply(404, gone());
  const std::string provider =
      arm + "/subscriptions/" + subscription + "/providers/Microsoft.Network";
  cloud.expect("PUT", nsg_url).any_body().reply(409, refusal("MissingSubscriptionRegistration"));
  cloud.expect("POST", provider + "/register?api-version=2025-04-01").reply(200, "{}");
  cloud.expect("GET", provider + "?api-version=2025-04-01")
      .reply(200, R"({"registrationState":"Registering"})");
  cloud.expect("GET", provider + "?api-version=2025-04-01")
      .reply(200, R"({"registrationState":"Registered"})");
  cloud.expect("PUT", nsg_url).any_body().reply(200, provisioned("Succeeded"));
  for (const bool lost : {true, false}) {
    cloud.expect("PUT", ip_url)
        .any_body()
        .reply(201, provisioned("Updating", {{"ipAddress", "20.1.2.3"}}),
               {{"Azure-AsyncOperation", operation_url}});
    cloud.expect("GET", operation_url)
        .reply(200, lost ? R"({"status":"Failed","error":{"code":"AnotherOperationInProgress"}})"
                         : R"({"status":"Succeeded"})");
  }
  cloud.expect("PUT", nic_url).any_body().reply(200, provisioned("Succeeded"));
  cloud.expect("PUT", vm_url).any_body().reply(200, provisioned("Succeeded"));
  machine.create();
}

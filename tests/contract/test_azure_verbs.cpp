// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/azure_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// A machine whose create is done.
azure::StoredState done(const AzureMachine& /*machine*/) {
  azure::StoredState state;
  state.base.machine_name = "m1";
  state.subscription_id = subscription;
  state.resource_group = "docker-machine";
  state.location = "westus";
  state.virtual_network = "docker-machine-vnet";
  state.subnet_name = "docker-machine";
  state.managed_disks = true;
  return state;
}

const std::string address = R"({"properties":{"ipAddress":"20.1.2.3"}})";

}  // namespace

TEST_CASE("state: by the instance view; only the API's own word makes it none") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  cloud.expect("GET", view_url).reply(200, power("deallocated"));
  CHECK(machine->state({}) == State::stopped);
  cloud.expect("GET", view_url).reply(404, gone());
  CHECK(machine->state({}) == State::none);
  cloud.expect("GET", view_url).reply(404, "<html>no such page</html>");
  CHECK_THROWS_AS(machine->state({}), Error);
  cloud.expect("GET", view_url).reply(404, refusal("SubscriptionNotFound"));
  CHECK_THROWS_AS(machine->state({}), Error);
  cloud.expect("GET", view_url).reply(403, refusal("AuthorizationFailed"));
  CHECK_THROWS_AS(machine->state({}), Error);
  cloud.expect("GET", view_url).fail(Errc::unavailable, "refused", false);
  CHECK_THROWS_AS(machine->state({}), Error);
}

TEST_CASE("a refused token is replaced once") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  cloud.expect("GET", view_url)
      .header("Authorization", "Bearer T1")
      .reply(401, refusal("ExpiredAuthenticationToken"));
  cloud.expect("GET", view_url).header("Authorization", "Bearer T2").reply(200, power("running"));
  CHECK(machine->state({}) == State::running);
  cloud.expect("GET", view_url).reply(401, refusal("ExpiredAuthenticationToken"));
  cloud.expect("GET", view_url).reply(401, refusal("ExpiredAuthenticationToken"));
  CHECK_THROWS_AS(machine->state({}), Error);
}

TEST_CASE("address: of a machine that runs, public, by name, or private") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  cloud.expect("GET", view_url).reply(200, power("running"));
  cloud.expect("GET", ip_url).reply(200, address);
  CHECK(machine->address({}) == "20.1.2.3");
  CHECK(machine->stored_address() == "20.1.2.3");

  auto named = done(machine);
  named.dns_label = "label";
  machine.open(named);
  cloud.expect("GET", view_url).reply(200, power("running"));
  cloud.expect("GET", ip_url)
      .reply(200,
             R"({"properties":{"ipAddress":"20.1.2.3","dnsSettings":{"fqdn":"l.azure.com"}}})");
  CHECK(machine->address({}) == "l.azure.com");

  auto inside = done(machine);
  inside.use_private_ip = true;
  machine.open(inside);
  cloud.expect("GET", view_url).reply(200, power("running"));
  cloud.expect("GET", nic_url)
      .reply(
          200,
          R"({"properties":{"ipConfigurations":[{"properties":{"privateIPAddress":"10.0.0.4"}}]}})");
  CHECK(machine->address({}) == "10.0.0.4");
}

TEST_CASE("address: a machine that does not run has none, one that is gone is not found") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  cloud.expect("GET", view_url).reply(200, power("stopped"));
  cloud.expect("GET", ip_url).reply(200, address);
  CHECK_THROWS_WITH(machine->address({}), "Host is not running");
  cloud.expect("GET", view_url).reply(200, power("running"));
  cloud.expect("GET", ip_url).reply(404, gone());
  CHECK_THROWS_WITH(machine->address({}), "Host is not running");
  cloud.expect("GET", view_url).reply(404, gone());
  cloud.expect("GET", ip_url).reply(404, gone());
  CHECK_THROWS_WITH(machine->address({}),
                    "virtual machine \"m1\" was not found in resource group \"docker-machine\"");
}

TEST_CASE("an outage does not take a known address away") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  auto state = done(machine);
  state.base.ip_address = "20.9.9.9";
  machine.open(state);
  cloud.expect("GET", view_url).reply(503, "");
  cloud.expect("GET", ip_url).reply(503, "");
  CHECK(machine->address({}) == "20.9.9.9");
}

TEST_CASE("power: one request and its operation") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  const auto action = [](const std::string& name) { return compute("virtualMachines/m1/" + name); };
  const auto expect = [&](const std::string& url) {
    cloud.expect("POST", url).reply(202, "", {{"Location", arm + "/op"}, {"Retry-After", "0"}});
    cloud.expect("GET", arm + "/op").reply(202, "");
    cloud.expect("GET", arm + "/op").reply(200, "");
  };
  expect(action("start"));
  machine->start({});
  expect(action("restart"));
  machine->restart({});
  expect(action("powerOff"));
  machine->stop({});
  CHECK_FALSE(machine->stored_address());
  expect(action("powerOff") + "&skipShutdown=true");
  machine->kill({});
  auto saving = done(machine);
  saving.deallocate_on_stop = true;
  machine.open(saving);
  expect(action("deallocate"));
  machine->stop({});
  cloud.expect("POST", action("start")).reply(409, refusal("OverconstrainedAllocationRequest"));
  CHECK_THROWS_WITH(machine->start({}), ContainsSubstring("OverconstrainedAllocationRequest"));
}

TEST_CASE("states of many: one list for a resource group") {
  MemoryTransport cloud;
  AzureMachine first(cloud);
  AzureMachine second(cloud, {}, "m2");
  AzureMachine third(cloud, {}, "m3");
  AzureMachine alone(cloud, {{"azure-resource-group", "other"}});
  // As the process would have it: one way in for all three.
  const auto access = std::make_shared<azure::Access>(
      std::make_unique<LentTransport>(cloud), azure::find_endpoints("AzurePublicCloud", ""),
      azure::Credentials{
          std::make_unique<cloud::CachedToken>(std::make_unique<NumberedTokens>(), Duration(0)),
          nullptr},
      subscription, azure::Persistence{{Duration(0), Duration(0)}, Duration(0), {}});
  for (auto* machine : {&first, &second, &third}) {
    machine->shared = access;
    machine->open(azure::parse_state((*machine)->to_json()));
  }
  const auto with_view = [](const std::string& name, const std::string& state) {
    return Json{{"name", name}, {"properties", Json{{"instanceView", parse_json(power(state))}}}};
  };
  const auto list = compute("virtualMachines") + "&$expand=instanceView";
  const auto expect = [&](int status, const std::string& body) {
    // Which of the two groups is asked first is not said.
    cloud.expect("GET", list).reply(status, body);
  };
  std::vector<Driver*> machines{&*first, &*second, &*third};
  expect(200,
         Json{{"value", Json::array({with_view("M1", "running")})}, {"nextLink", arm + "/next"}}
             .dump());
  cloud.expect("GET", arm + "/next")
      .reply(200, Json{{"value", Json::array({with_view("m3", "deallocated")})}}.dump());
  const auto answers = azure::type.states({}, machines);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].state == State::running);
  CHECK(answers[1].state == State::none);
  CHECK(answers[1].error ==
        "virtual machine \"m2\" was not found in resource group \"docker-machine\"");
  CHECK(answers[2].state == State::stopped);
  expect(403, refusal("AuthorizationFailed"));
  for (const auto& answer : azure::type.states({}, machines)) {
    CHECK(answer.state == State::error);
    CHECK_THAT(answer.error, ContainsSubstring("AuthorizationFailed"));
  }
  expect(404, refusal("ResourceGroupNotFound"));
  CHECK(azure::type.states({}, machines)[0].state == State::none);
  // One machine alone is asked for itself.
  const std::vector<Driver*> one{&*alone};
  cloud
      .expect("GET", arm + group_path("other") +
                         "/providers/Microsoft.Compute/virtualMachines/m1/instanceView"
                         "?api-version=2025-04-01")
      .reply(200, power("running"));
  CHECK(azure::type.states({}, one)[0].state == State::running);
}

TEST_CASE("how to log in") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  const auto endpoint = machine->endpoint("h");
  CHECK(endpoint.port == 22);
  CHECK(endpoint.user == "docker-user");
}

TEST_CASE("remove: the machine, then disk and interface, address and group, then what is shared") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  cloud.expect("DELETE", vm_url).reply(202, "", {{"Azure-AsyncOperation", arm + "/op"}});
  cloud.expect("GET", arm + "/op").reply(200, R"({"status":"Succeeded"})");
  for (const auto& url : {disk_url, nic_url, ip_url, nsg_url}) {
    cloud.expect("DELETE", url).reply(204);
  }
  cloud.expect("GET", vnet_url)
      .reply(200,
             R"({"tags":{"docker-machine-managed":"true"},"properties":{"subnets":[)"
             R"({"name":"docker-machine","properties":{"ipConfigurations":[{"id":"/x"}]}}]}})");
  machine->remove({});
}

TEST_CASE("remove goes on past errors and tells of all of them") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  machine.open(done(machine));
  cloud.expect("DELETE", vm_url).reply(403, refusal("AuthorizationFailed", "V"));
  cloud.expect("DELETE", disk_url).reply(204);
  cloud.expect("DELETE", nic_url).reply(400, refusal("NicInUse", "N"));
  cloud.expect("DELETE", ip_url).reply(204);
  cloud.expect("DELETE", nsg_url).reply(204);
  cloud.expect("GET", vnet_url).reply(404, gone());
  CHECK_THROWS_WITH(machine->remove({}),
                    ContainsSubstring("2 resources could not be removed: virtual "
                                      "machine \"m1\": ") &&
                        ContainsSubstring("network interface \"m1-nic\": ") &&
                        ContainsSubstring("NicInUse"));
}

TEST_CASE("remove of a machine with an unmanaged disk: its blob container, and the last account") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  auto state = done(machine);
  state.managed_disks = false;
  const std::string account = "vhds0123456789abcdefghij";
  const std::string accounts = arm + group_path() + "/providers/Microsoft.Storage/storageAccounts";
  const std::string containers = accounts + "/" + account + "/blobServices/default/containers";
  const std::string version = "?api-version=2024-01-01";
  const auto expect_rest = [&] {
    for (const auto& url : {disk_url, nic_url, ip_url, nsg_url}) {
      cloud.expect("DELETE", url).reply(204);
    }
    cloud.expect("GET", vnet_url).reply(404, gone());
  };
  machine.open(state);
  cloud.expect("GET", vm_url)
      .reply(200, R"({"properties":{"storageProfile":{"osDisk":{"vhd":{"uri":"https://)" + account +
                      R"(.blob.core.windows.net/vhd-m1/m1-os-disk.vhd"}}}}})");
  cloud.expect("DELETE", vm_url).reply(200, "");
  cloud.expect("DELETE", containers + "/vhd-m1" + version).reply(200, "");
  cloud.expect("GET", containers + version).reply(200, R"({"value":[]})");
  cloud.expect("DELETE", accounts + "/" + account + version).reply(200, "");
  expect_rest();
  machine->remove({});

  // The machine is gone already: all accounts of that kind are looked through, page by page.
  machine.open(state);
  cloud.expect("GET", vm_url).reply(404, gone());
  cloud.expect("DELETE", vm_url).reply(204, "");
  cloud.expect("GET", accounts + version)
      .reply(200, R"({"value":[{"name":"mydata"}],"nextLink":")" + accounts + R"(?page=2"})");
  cloud.expect("GET", accounts + "?page=2")
      .reply(200, R"({"value":[{"name":")" + account + R"("}]})");
  cloud.expect("GET", containers + "/vhd-m1" + version).reply(200, "{}");
  cloud.expect("DELETE", containers + "/vhd-m1" + version).reply(200, "");
  cloud.expect("GET", containers + version).reply(200, R"({"value":[{"name":"vhd-m2"}]})");
  expect_rest();
  machine->remove({});
}

TEST_CASE("a machine is not taken for gone because another subscription was asked") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  auto state = done(machine);
  state.stored_subscription_id = "99999999-2222-3333-4444-555555555555";
  machine.open(state);
  cloud.expect("GET", vm_url).reply(404, gone());
  for (const auto& url : {disk_url, nic_url, ip_url, nsg_url}) {
    cloud.expect("DELETE", url).reply(204);
  }
  cloud.expect("GET", vnet_url).reply(404, gone());
  CHECK_THROWS_WITH(machine->remove({}), ContainsSubstring("AZURE_SUBSCRIPTION_ID"));
}

TEST_CASE("shared leftovers go when they are ours and empty") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  auto state = done(machine);
  state.availability_set = "set";
  state.nsg = "shared";
  state.virtual_network = "net:docker-machine-vnet";
  machine.open(state);
  const auto other_vnet = network("virtualNetworks/docker-machine-vnet", "net");
  const auto other_subnet =
      network("virtualNetworks/docker-machine-vnet/subnets/docker-machine", "net");
  const auto set = compute("availabilitySets/set");
  const auto nsg = network("networkSecurityGroups/shared");
  const std::string ours = R"("tags":{"docker-machine-managed":"true"})";
  const auto expect_own = [&] {
    for (const auto& url : {vm_url, disk_url, nic_url, ip_url}) {
      cloud.expect("DELETE", url).reply(204);
    }
  };
  expect_own();
  cloud.expect("GET", set).reply(200, "{" + ours + R"(,"properties":{"virtualMachines":[]}})");
  cloud.expect("DELETE", set).reply(200, "");
  cloud.expect("GET", other_vnet)
      .reply(200, "{" + ours +
                      R"(,"properties":{"subnets":[{"name":"docker-machine"},{"name":"db"}]}})");
  cloud.expect("DELETE", other_subnet).reply(400, refusal("InUseSubnetCannotBeDeleted"));
  cloud.expect("GET", nsg).reply(200, "{" + ours + "}");
  cloud.expect("DELETE", nsg).reply(200, "");
  machine->remove({});

  // Not ours: not a tag, not a touch. And what cannot be known is no failure of the removal.
  expect_own();
  cloud.expect("GET", set).reply(200, "{}");
  cloud.expect("GET", other_vnet).reply(403, refusal("AuthorizationFailed"));
  cloud.expect("GET", nsg).reply(200, R"({"tags":{"owner":"me"}})");
  machine->remove({});
}

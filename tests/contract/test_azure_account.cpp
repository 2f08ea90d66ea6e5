// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/azure_fixture.hpp"

#include <algorithm>

using namespace dmachine;
using namespace dmachine::test;

namespace {

const std::string tagged_url =
    arm + "/subscriptions/" + subscription +
    "/resources?api-version=2025-04-01&$filter=tagName%20eq%20%27dmachine-store%27";
std::string group_url(const std::string& group) {
  return arm + group_path(group) + "/resources?api-version=2025-04-01&$expand=createdTime";
}

Json resource(const std::string& type, const std::string& name, const Json& tags = Json::object(),
              const std::string& group = "docker-machine") {
  return Json{{"id", group_path(group) + "/providers/" + type + "/" + name},
              {"name", name},
              {"type", type},
              {"tags", tags},
              {"createdTime", "2026-01-02T03:04:05.6789Z"}};
}
Json tags_of(const std::string& machine, const std::string& store = "5",
             const std::string& create = "c") {
  return Json{
      {"dmachine-machine", machine}, {"dmachine-store", store}, {"dmachine-create", create}};
}
std::string list_of(const std::vector<Json>& items, const std::string& next = "") {
  Json list{{"value", items}};
  if (!next.empty()) {
    list["nextLink"] = next;
  }
  return list.dump();
}

OwnedResource owned_resource(ResourceKind kind, const std::string& provider_path,
                             const std::string& machine = "m1") {
  OwnedResource found;
  found.kind = kind;
  found.id = id_of(provider_path);
  found.place = "docker-machine";
  found.machine = machine;
  found.owner = {"5", machine.empty() ? "" : "c"};
  return found;
}

const std::string ours = R"({"tags":{"dmachine-machine":"m1","dmachine-store":"5",)"
                         R"("dmachine-create":"c"},"properties":{}})";

}  // namespace

TEST_CASE("owned: one list of what is tagged, one of each group where something is") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  const auto account = machine->account();
  CHECK(account->name() == "subscription " + subscription);
  // The filtered list has no tags and no times.
  const Json bare{{"id", id_of("Microsoft.Compute/virtualMachines/m1")}};
  const Json other{{"id", group_path("Other") + "/providers/Microsoft.Compute/disks/m7-os-disk"}};
  const Json again{{"id", group_path("DOCKER-MACHINE") + "/providers/Microsoft.Compute/disks/x"}};
  cloud.expect("GET", tagged_url).reply(200, list_of({bare, other}, arm + "/next"));
  cloud.expect("GET", arm + "/next").reply(200, list_of({again}));
  cloud.expect("GET", group_url("docker-machine"))
      .reply(200,
             list_of({
                 resource("Microsoft.Compute/virtualMachines", "m1", tags_of("m1")),
                 resource("microsoft.network/networkinterfaces", "m1-nic", tags_of("m1")),
                 resource("Microsoft.Compute/disks", "m1-os-disk"),
                 resource("Microsoft.Compute/disks", "db-os-disk"),
                 resource("Microsoft.Network/virtualNetworks", "net",
                          Json{{"docker-machine-managed", "true"}, {"dmachine-store", "5"}}),
                 resource("Microsoft.Network/virtualNetworks", "theirs"),
                 resource("Microsoft.Compute/virtualMachines/extensions", "m1/e", tags_of("m1")),
                 resource("Microsoft.Network/publicIPAddresses", "m2-ip", tags_of("m2", "6")),
             }));
  cloud.expect("GET", group_url("Other"))
      .reply(200,
             list_of({resource("Microsoft.Compute/disks", "m7-os-disk", tags_of("m7"), "Other")}));
  const auto found = account->owned({});
  std::vector<std::string> shown;
  for (const auto& one : found) {
    shown.push_back(std::string(to_string(one.kind)) + " " + one.machine + " " + one.owner.store +
                    " " + std::string(to_string(one.cost)) + " " + one.place);
    CHECK(one.made_at == 1767323045);
  }
  CHECK(shown == std::vector<std::string>{
                     "instance m1 5 computing docker-machine",
                     "network interface m1 5 none docker-machine", "network  5 none docker-machine",
                     "public IP m2 6 address docker-machine", "disk m1 5 storage docker-machine",
                     "disk m7 5 storage Other"});
  CHECK(found[0].owner.create == "c");
  CHECK(found[0].id == id_of("Microsoft.Compute/virtualMachines/m1"));
}

TEST_CASE("owned among 1,000 foreign resources: two calls, and nobody else's") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  std::vector<Json> all;
  for (int i = 0; i < 1000; ++i) {
    all.push_back(resource("Microsoft.Compute/disks", "db" + std::to_string(i) + "-os-disk"));
  }
  all.push_back(resource("Microsoft.Network/publicIPAddresses", "m1-ip", tags_of("m1")));
  cloud.expect("GET", tagged_url)
      .reply(200, list_of({Json{{"id", id_of("Microsoft.Network/publicIPAddresses/m1-ip")}}}));
  cloud.expect("GET", group_url("docker-machine")).reply(200, list_of(all));
  CHECK(machine->account()->owned({}).size() == 1);
  CHECK(cloud.requests().size() == 2);
}

TEST_CASE("owned is whole or an error") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  const auto account = machine->account();
  cloud.expect("GET", tagged_url).reply(403, refusal("AuthorizationFailed"));
  CHECK_THROWS_AS(account->owned({}), Error);
  const auto one = list_of({Json{{"id", id_of("Microsoft.Network/publicIPAddresses/m1-ip")}}});
  cloud.expect("GET", tagged_url).reply(200, one);
  cloud.expect("GET", group_url("docker-machine")).reply(403, refusal("AuthorizationFailed"));
  CHECK_THROWS_WITH(account->owned({}), ContainsSubstring("resources of group"));
  cloud.expect("GET", tagged_url).reply(200, one);
  cloud.expect("GET", group_url("docker-machine")).reply(404, refusal("ResourceGroupNotFound"));
  CHECK(account->owned({}).empty());
}

TEST_CASE("erase deletes and waits; what is gone, used or another's stays as it is") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  const auto account = machine->account();
  const auto vm = owned_resource(ResourceKind::instance, "Microsoft.Compute/virtualMachines/m1");
  cloud.expect("GET", vm_url).reply(200, ours);
  cloud.expect("DELETE", vm_url).reply(202, "", {{"Azure-AsyncOperation", arm + "/operation"}});
  cloud.expect("GET", arm + "/operation").reply(200, R"({"status":"InProgress"})");
  cloud.expect("GET", arm + "/operation").reply(200, R"({"status":"Succeeded"})");
  CHECK(account->erase({}, vm) == Erasure::gone);

  cloud.expect("GET", vm_url).reply(404, gone());
  CHECK(account->erase({}, vm) == Erasure::gone);

  // Another create has made one of that name since.
  cloud.expect("GET", vm_url)
      .reply(200,
             R"({"tags":{"dmachine-machine":"m1","dmachine-store":"5","dmachine-create":"d"}})");
  CHECK(account->erase({}, vm) == Erasure::changed_hands);
  cloud.expect("GET", vm_url).reply(200, "{}");
  CHECK(account->erase({}, vm) == Erasure::changed_hands);

  auto disk = owned_resource(ResourceKind::disk, "Microsoft.Compute/disks/m1-os-disk");
  cloud.expect("GET", disk_url).reply(200, "{}");
  CHECK(account->erase({}, disk) == Erasure::changed_hands);
  disk.details["untagged"] = true;
  cloud.expect("GET", disk_url).reply(200, R"({"managedBy":"/vm"})");
  CHECK_THROWS_WITH(account->erase({}, disk), R"(disk "m1-os-disk" is in use by /vm)");
  cloud.expect("GET", disk_url).reply(200, "{}");
  cloud.expect("DELETE", disk_url).reply(204);
  account->erase({}, disk);

  const auto nic =
      owned_resource(ResourceKind::network_interface, "Microsoft.Network/networkInterfaces/m1-nic");
  cloud.expect("GET", nic_url).reply(200, ours);
  cloud.expect("DELETE", nic_url).reply(400, refusal("NicInUse", "by vm"));
  try {
    account->erase({}, nic);
    FAIL("deleted what is in use");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::conflict);
  }
}

TEST_CASE("erase leaves a network alone that somebody uses or has extended") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  const auto account = machine->account();
  const auto vnet = owned_resource(ResourceKind::network,
                                   "Microsoft.Network/virtualNetworks/docker-machine-vnet", "");
  const std::string head = R"({"tags":{"dmachine-store":"5"},"properties":{"subnets":[)";
  const std::string used = R"({"properties":{"ipConfigurations":[{"id":"x"}]}}]}})";
  const std::string extended = "{},{}]}}";
  for (const auto& rest : {used, extended}) {
    cloud.expect("GET", vnet_url).reply(200, head + rest);
    CHECK_THROWS_WITH(account->erase({}, vnet), ContainsSubstring("is in use by subnets"));
  }
  cloud.expect("GET", vnet_url).reply(200, head + "{}]}}");
  cloud.expect("DELETE", vnet_url).reply(200);
  account->erase({}, vnet);
}

TEST_CASE("adopt gives a machine that can be used and removed") {
  MemoryTransport cloud;
  AzureMachine machine(cloud);
  const auto account = machine->account();
  auto vm = owned_resource(ResourceKind::instance, "Microsoft.Compute/virtualMachines/m1");
  cloud.expect("GET", vm_url)
      .reply(200,
             Json{{"id", id_of("Microsoft.Compute/virtualMachines/m1")},
                  {"location", "westeurope"},
                  {"zones", {"2"}},
                  {"tags", tags_of("m1")},
                  {"properties",
                   {{"hardwareProfile", {{"vmSize", "Standard_B1s"}}},
                    {"priority", "Spot"},
                    {"evictionPolicy", "Delete"},
                    {"osProfile", {{"adminUsername", "ci"}}},
                    {"storageProfile",
                     {{"imageReference",
                       {{"publisher", "p"}, {"offer", "o"}, {"sku", "s"}, {"version", "1"}}},
                      {"osDisk", {{"managedDisk", {{"storageAccountType", "Premium_LRS"}}}}}}}}}}
                 .dump());
  cloud.expect("GET", nic_url)
      .reply(200, R"({"properties":{"networkSecurityGroup":{"id":")" +
                      id_of("Microsoft.Network/networkSecurityGroups/m1-firewall") +
                      R"("},"ipConfigurations":[{"properties":{"subnet":{"id":")" +
                      id_of("Microsoft.Network/virtualNetworks/net/subnets/sub") +
                      R"("},"publicIPAddress":{"id":"x"},"privateIPAddress":"192.168.0.4"}}]}})");
  cloud.expect("GET", nsg_url)
      .reply(200, R"({"properties":{"securityRules":[{"name":"DockerAllowAny",)"
                  R"("properties":{"destinationPortRange":"2377"}}]}})");
  cloud.expect("GET", ip_url).reply(200, R"({"properties":{"ipAddress":"20.1.2.3"}})");
  BaseState base;
  base.machine_name = "m1";
  base.store_path = "/s";
  base.ssh_key_path = "/s/machines/m1/id_rsa";
  const Json driver = account->adopt({}, vm, base);
  const auto state = azure::parse_state(driver);
  CHECK(state.base.ip_address == "20.1.2.3");
  CHECK(state.base.ssh_user == "ci");
  CHECK(state.base.ssh_key_path == base.ssh_key_path);
  CHECK(state.base.owner == vm.owner);
  CHECK(state.subscription_id == subscription);
  CHECK(state.resource_group == "docker-machine");
  CHECK(state.location == "westeurope");
  CHECK(state.availability_zone == "2");
  CHECK(state.size == "Standard_B1s");
  CHECK(state.image == "p:o:s:1");
  CHECK(state.spot);
  CHECK(state.virtual_network == "docker-machine:net");
  CHECK(state.subnet_name == "sub");
  CHECK(state.nsg.empty());
  CHECK(state.docker_port == 2377);
  CHECK(state.tags.empty());
  CHECK_FALSE(state.no_public_ip);
  CHECK_FALSE(state.pending);
  machine.open(state);
  CHECK(machine->engine_url("20.1.2.3") == "tcp://20.1.2.3:2377");

  cloud.expect("GET", vm_url).reply(404, gone());
  CHECK_THROWS_AS(account->adopt({}, vm, base), Error);
}

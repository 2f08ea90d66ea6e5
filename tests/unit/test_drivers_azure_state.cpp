// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/azure/driver.hpp"
#include "drivers/azure/from_options.hpp"
#include "drivers/azure/options.hpp"
#include "drivers/azure/state.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace dmachine;
using namespace dmachine::azure;

namespace {

using Flags = std::vector<std::pair<std::string, std::string>>;

const std::string guid = "01234567-89ab-cdef-0123-456789abcdef";

StoredState from(const Flags& flags, const SwarmFacts& swarm = {false, "tcp://0.0.0.0:3376", ""}) {
  OptionValues values(options());
  values.set("azure-subscription-id", guid, Origin::command_line);
  for (const auto& [flag, text] : flags) {
    values.set(flag, text, Origin::command_line);
  }
  return state_from_options({"m1", "/s"}, values, swarm);
}

/// An environment that says nothing of Azure but what is given.
struct Environment {
  using Variables = std::map<std::string, std::string>;

  explicit Environment(const Variables& set) {
    for (const auto* name : {"AZURE_ENVIRONMENT", "AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_ID",
                             "AZURE_CLIENT_SECRET", "AZURE_ARM_ENDPOINT", "AZURE_AUTHORITY_HOST"}) {
      const auto found = set.find(name);
      variables.try_emplace(name, name, found == set.end() ? "" : found->second);
    }
  }
  std::map<std::string, test::ScopedEnv> variables;
};

}  // namespace

TEST_CASE("a new machine's object has the keys, order and types of rancher's fork") {
  auto state = from({{"azure-client-id", "id"},
                     {"azure-client-secret", "S"},
                     {"azure-open-port", "80"},
                     {"azure-tags", "team,ci"}});
  state.pending.reset();
  CHECK(
      to_go_json_compact(to_json(state)) ==
      R"({"IPAddress":"","MachineName":"m1","SSHUser":"docker-user","SSHPort":22,"SSHKeyPath":"",)"
      R"("StorePath":"/s","SwarmMaster":false,"SwarmHost":"tcp://0.0.0.0:3376","SwarmDiscovery":"",)"
      R"("ClientID":"id","ClientSecret":"S","Environment":"AzurePublicCloud",)"
      R"("SubscriptionID":"01234567-89ab-cdef-0123-456789abcdef","TenantID":"",)"
      R"("ResourceGroup":"docker-machine","DockerPort":2376,"Location":"westus",)"
      R"("Size":"Standard_D2s_v5","Image":"canonical:ubuntu-24_04-lts:server:latest",)"
      R"("VirtualNetwork":"docker-machine-vnet","SubnetName":"docker-machine",)"
      R"("SubnetPrefix":"192.168.0.0/16","AvailabilitySet":"","NSG":"","Plan":"",)"
      R"("ManagedDisks":true,"FaultCount":3,"UpdateCount":5,"DiskSize":0,)"
      R"("StorageType":"Standard_LRS","Tags":{"team":"ci"},"AcceleratedNetworking":false,)"
      R"("AvailabilityZone":"","EnablePublicIPStandardSKU":true,"OpenPorts":["80"],)"
      R"("PrivateIPAddr":"","UsePrivateIP":false,"NoPublicIP":false,"DNSLabel":"",)"
      R"("StaticPublicIP":false,"CustomDataFile":""})");
}

TEST_CASE("all options come back from the store") {
  const auto state = from({{"azure-spot", "true"},
                           {"azure-spot-max-price", "0.05"},
                           {"azure-disk-type", "premium_lrs"},
                           {"azure-ephemeral-os-disk", "true"},
                           {"azure-source-cidr", "198.51.100.0/24"},
                           {"azure-use-managed-identity", "true"},
                           {"azure-encryption-at-host", "true"},
                           {"azure-dns", "ci-%s"},
                           {"azure-arm-endpoint", "http://127.0.0.1:8080/"}});
  const auto loaded = parse_state(to_json(state));
  CHECK(loaded.spot);
  CHECK(loaded.spot_max_price == "0.05");
  CHECK(loaded.eviction_policy == "Delete");
  CHECK(loaded.disk_type == "Premium_LRS");
  CHECK(loaded.ephemeral_os_disk);
  CHECK(loaded.source_cidrs == std::vector<std::string>{"198.51.100.0/24"});
  CHECK(loaded.use_managed_identity);
  CHECK(loaded.encryption_at_host);
  CHECK(loaded.dns_label == "ci-m1");
  CHECK(loaded.arm_endpoint == "http://127.0.0.1:8080/");
  CHECK(to_json(loaded) == to_json(state));
}

TEST_CASE("a create under way stands in the store until it is done") {
  auto state = from({});
  REQUIRE(state.pending);
  state.pending = PendingCreate{{"disk", "virtualMachine"}, {"virtualMachine"}, 7, true};
  const auto loaded = parse_state(to_json(state));
  REQUIRE(loaded.pending);
  CHECK(loaded.pending->begun == std::set<std::string>{"disk", "virtualMachine"});
  CHECK(loaded.pending->unanswered == std::set<std::string>{"virtualMachine"});
  CHECK(loaded.pending->sent_at == 7);
  CHECK(loaded.pending->used_shared);
  CHECK_FALSE(to_json(state).contains("Owner"));
  state.pending.reset();
  state.base.owner = {"0123456789abcdef", "fedcba9876543210"};
  const Json json = to_json(state);
  CHECK_FALSE(json.contains("PendingCreate"));
  CHECK(parse_state(json).base.owner == state.base.owner);
}

TEST_CASE("stores of Docker Machine 0.16.2: defaults of their time, unknown keys kept") {
  const auto state = parse_state(parse_json(
      R"({"IPAddress":"","MachineName":"old","SSHUser":"docker-user","SSHPort":22,)"
      R"("ClientID":"id","ClientSecret":"S","Environment":"AzurePublicCloud",)"
      R"("SubscriptionID":"sub","ResourceGroup":"rg","DockerPort":2376,"Location":"westus",)"
      R"("VirtualNetwork":"net:docker-machine-vnet","SubnetName":"docker-machine",)"
      R"("AvailabilitySet":"docker-machine","OpenPorts":null,"StorageType":"Standard_LRS",)"
      R"("FutureKey":{"a":1}})"));
  CHECK_FALSE(state.managed_disks);
  CHECK_FALSE(state.is_legacy());
  CHECK_FALSE(state.pending);
  CHECK(state.availability_set == "docker-machine");
  CHECK(to_json(state)["FutureKey"]["a"] == 1);
}

TEST_CASE("machines of the old management API are answered as the reference does") {
  const Json object = parse_json(
      R"({"MachineName":"m","SubscriptionID":"s","SubscriptionCert":"/c","Location":"West US",)"
      R"("DockerPort":2376,"UserPassword":"P"})");
  auto state = parse_state(object);
  CHECK(state.is_legacy());
  CHECK(to_json(state) == object);
  AzureDriver driver(state);
  const auto* text = "new azure driver cannot manage old VMs, downgrade to v0.6.0";
  CHECK_THROWS_WITH(driver.state({}), text);
  CHECK_THROWS_WITH(driver.address({}), text);
  CHECK_THROWS_WITH(driver.start({}), text);
  CHECK_THROWS_WITH(driver.stop({}), text);
  CHECK_THROWS_WITH(driver.restart({}), text);
  CHECK_THROWS_WITH(
      driver.remove({}),
      "new azure driver uses the new Azure Resource Manager APIs and therefore cannot manage this "
      "existing machine created with old azure driver. Please downgrade to docker-machine 0.6.0 to "
      "continue using these machines or to remove them");
}

TEST_CASE("variables of the process go before credentials in the store") {
  const Environment environment(
      Environment::Variables{{"AZURE_CLIENT_SECRET", "new"}, {"AZURE_CLIENT_ID", "other"}});
  StoredState state = from({{"azure-client-id", "id"}, {"azure-client-secret", "old"}});
  apply_environment(state);
  CHECK(state.client_id == "other");
  CHECK(state.client_secret.reveal() == "new");
  CHECK(state.subscription_id == guid);
  CHECK(state.stored_subscription_id.empty());
  const Environment other(Environment::Variables{{"AZURE_SUBSCRIPTION_ID", "sub2"}});
  apply_environment(state);
  CHECK(state.subscription_id == "sub2");
  CHECK(state.stored_subscription_id == guid);
}

TEST_CASE("values that Azure is sure to refuse") {
  const std::vector<std::pair<Flags, std::string>> cases{
      {{{"azure-subscription-id", ""}},
       "azure driver requires the \"azure-subscription-id\" option."},
      {{{"azure-resource-group", ""}},
       "azure driver requires the \"azure-resource-group\" option."},
      {{{"azure-subscription-id", "x"}}, "invalid value \"x\" for --azure-subscription-id"},
      {{{"azure-environment", "Moon"}},
       "invalid value for --azure-environment: Invalid Azure environment: \"Moon\""},
      {{{"azure-ssh-user", "root"}}, "invalid value \"root\" for --azure-ssh-user"},
      {{{"azure-subnet-prefix", "192.168.0.0"}}, "for --azure-subnet-prefix"},
      {{{"azure-private-ip-address", "x"}}, "for --azure-private-ip-address"},
      {{{"azure-image", "ubuntu"}}, "for --azure-image: image provided must be an image URN"},
      {{{"azure-open-port", "80/icmp"}}, "cannot parse security rule protocol"},
      {{{"azure-source-cidr", "home"}}, "for --azure-source-cidr"},
      {{{"azure-storage-type", "Standard_GRS"}}, "expected one of Standard_LRS"},
      {{{"azure-disk-type", "ssd"}}, "for --azure-disk-type"},
      {{{"azure-disk-size", "-1"}}, "for --azure-disk-size"},
      {{{"azure-docker-port", "22"}}, "for --azure-docker-port"},
      {{{"azure-availability-zone", "a"}},
       "Each VM can only be assigned to a single Availability Zone."},
      {{{"azure-fault-domain-count", "4"}}, "for --azure-fault-domain-count"},
      {{{"azure-spot-max-price", "1"}}, "--azure-spot-max-price is for Spot machines"},
      {{{"azure-spot", "true"}, {"azure-spot-max-price", "much"}}, "US dollars per hour"},
      {{{"azure-spot", "true"}, {"azure-availability-set", "s"}}, "exclude each other"},
      {{{"azure-dns", "A"}}, "for --azure-dns"},
      {{{"azure-dns", "abc"}, {"azure-no-public-ip", "true"}}, "exclude each other"},
      {{{"azure-vnet", "a:b:c"}}, "for --azure-vnet"},
      {{{"azure-nsg", "/a/b"}}, "unable to parse resource ID of network security group: /a/b"},
      {{{"azure-plan", "a"}}, "plan provided must be an valid purchase plan identifier"},
      {{{"azure-tags", "a%b,c"}}, "for --azure-tags"},
      {{{"azure-arm-endpoint", "http://example.com"}}, "for --azure-arm-endpoint"},
      {{{"azure-tenant-id", "a/b"}}, "for --azure-tenant-id"},
  };
  const Environment environment(Environment::Variables{});
  for (const auto& [flags, text] : cases) {
    INFO(flags.front().first << "=" << flags.front().second);
    CHECK_THROWS_WITH(from(flags), ContainsSubstring(text));
  }
}

TEST_CASE("an availability set is used when it is asked for, and never with a zone") {
  CHECK(from({}).availability_set.empty());
  CHECK(from({{"azure-availability-set", "s"}}).availability_set == "s");
  CHECK(from({{"azure-availability-set", "s"}, {"azure-no-availability-set", "true"}})
            .availability_set.empty());
  CHECK(from({{"azure-availability-set", "s"}, {"azure-availability-zone", "2"}})
            .availability_set.empty());
}

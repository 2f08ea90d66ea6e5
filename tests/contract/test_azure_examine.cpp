// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/azure_fixture.hpp"

#include <algorithm>
#include <map>
#include <mutex>

using namespace dmachine;
using namespace dmachine::test;

namespace {

Json capability(const std::string& name, const std::string& value) {
  return Json{{"name", name}, {"value", value}};
}
Json size(const std::string& name, const std::string& architecture = "x64",
          const Json& restrictions = Json::array()) {
  return Json{{"resourceType", "virtualMachines"},
              {"name", name},
              {"family", "standardDSv5Family"},
              {"locationInfo", Json::array({Json{{"location", "westus"}, {"zones", {"1", "2"}}}})},
              {"capabilities",
               {capability("vCPUs", "2"), capability("MemoryGB", "8"),
                capability("CpuArchitectureType", architecture),
                capability("HyperVGenerations", "V1,V2"), capability("LowPriorityCapable", "True"),
                capability("EncryptionAtHostSupported", "False")}},
              {"restrictions", restrictions}};
}
Json usage(const std::string& name, int used, int limit) {
  return Json{{"name", Json{{"value", name}}}, {"currentValue", used}, {"limit", limit}};
}
std::string values(const std::vector<Json>& list) {
  return Json{{"value", list}}.dump();
}

/// Answers by what stands in the URL, the longest that fits; everything else is not there. Refuses
/// to change anything.
class Catalogue final : public cloud::Transport {
 public:
  Catalogue() {
    answers["/subscriptions/" + subscription + "?"] = {200, R"({"state":"Enabled"})"};
    answers["Microsoft.Authorization/permissions"] = {
        200, values({Json{{"actions", Json::array({"*"})}}})};
    answers["providers/Microsoft.Compute?"] = {200, R"({"registrationState":"Registered"})"};
    answers["providers/Microsoft.Network?"] = {200, R"({"registrationState":"Registered"})"};
    answers["resourceGroups/docker-machine?"] = {200, "{}"};
    answers["Microsoft.Compute/skus?"] = {
        200, values({size("Standard_D2s_v5"), size("Standard_D2ps_v5", "Arm64"),
                     size("Standard_Gone", "x64",
                          Json::array({Json{{"type", "Location"},
                                            {"reasonCode", "NotAvailableForSubscription"}}}))})};
    answers["Microsoft.Compute/locations/westus/usages"] = {
        200, values({usage("cores", 8, 10), usage("standardDSv5Family", 8, 10),
                     usage("lowPriorityCores", 3, 3), usage("virtualMachines", 0, 25000)})};
    answers["Microsoft.Network/locations/westus/usages"] = {
        200, values({usage("PublicIPAddresses", 4, 5), usage("NetworkInterfaces", 4, 5000)})};
    answers["/skus/server/versions"] = {
        200, R"([{"name":"24.04.1","properties":{"architecture":"x64","hyperVGeneration":"V2"}}])"};
  }

  cloud::HttpReply send(const Context& /*ctx*/, const cloud::HttpRequest& request) override {
    const std::lock_guard lock(mutex);
    ++calls;
    if (request.method != "GET") {
      ++changes;
    }
    std::size_t longest = 0;
    std::pair<int, std::string> found{404, gone()};
    for (const auto& [part, answer] : answers) {
      if (part.size() > longest && request.url.find(part) != std::string::npos) {
        longest = part.size();
        found = answer;
      }
    }
    return {found.first, {}, found.second};
  }

  std::map<std::string, std::pair<int, std::string>> answers;
  int calls = 0;
  int changes = 0;

 private:
  std::mutex mutex;
};

/// Those that are worse than good, as `level subject: text`.
std::vector<std::string> complaints(Catalogue& cloud, const AzureMachine::Flags& flags = {},
                                    const std::string& name = "m1") {
  AzureMachine machine(cloud, flags, name);
  std::vector<std::string> found;
  for (const auto& finding : machine->examine({})) {
    static constexpr std::array words{"good", "unknown", "warning", "problem"};
    if (finding.level != Finding::Level::good) {
      found.push_back(std::string(words[static_cast<std::size_t>(finding.level)]) + " " +
                      finding.subject + ": " + finding.text);
      CHECK((finding.level == Finding::Level::unknown || !finding.remedy.empty()));
    }
  }
  CHECK(cloud.changes == 0);
  return found;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("examine: all is well, and nothing is made") {
  Catalogue cloud;
  CHECK(complaints(cloud).empty());
  CHECK(cloud.calls < 25);
}

TEST_CASE("examine names what is wrong") {
  Catalogue cloud;
  const auto deny = [&](const std::string& pattern) {
    cloud.answers["Microsoft.Authorization/permissions"].second =
        values({Json{{"actions", Json::array({"*"})}, {"notActions", Json::array({pattern})}}});
  };
  SECTION("credentials") {
    cloud.answers["/subscriptions/" + subscription + "?"] = {401, refusal("InvalidToken", "bad")};
    const auto found = complaints(cloud);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], ContainsSubstring("problem credentials: "));
  }
  SECTION("another subscription") {
    cloud.answers["/subscriptions/" + subscription + "?"] = {404, refusal("SubscriptionNotFound")};
    CHECK_THAT(complaints(cloud).at(0), ContainsSubstring("problem credentials: "));
  }
  SECTION("a disabled subscription") {
    cloud.answers["/subscriptions/" + subscription + "?"].second = R"({"state":"Disabled"})";
    CHECK(complaints(cloud) == List{"problem subscription: it is Disabled"});
  }
  SECTION("permissions, one by one") {
    deny("Microsoft.Network/*/join/ACTION");
    CHECK(complaints(cloud) ==
          List{"problem permission Microsoft.Network/networkInterfaces/join/action: not given in "
               "resource group docker-machine",
               "problem permission Microsoft.Network/publicIPAddresses/join/action: not given in "
               "resource group docker-machine",
               "problem permission Microsoft.Network/networkSecurityGroups/join/action: not given "
               "in resource group docker-machine",
               "problem permission Microsoft.Network/virtualNetworks/subnets/join/action: not "
               "given in resource group docker-machine"});
  }
  SECTION("no group, and no right to make it") {
    cloud.answers.erase("resourceGroups/docker-machine?");
    deny("Microsoft.Resources/subscriptions/resourceGroups/write");
    CHECK(complaints(cloud) ==
          List{"problem permission Microsoft.Resources/subscriptions/resourceGroups/write: not "
               "given in the subscription"});
  }
  SECTION("a provider that is not registered") {
    cloud.answers["providers/Microsoft.Network?"].second =
        R"({"registrationState":"NotRegistered"})";
    CHECK(complaints(cloud) == List{"warning resource provider Microsoft.Network: not registered: "
                                    "the first create has to do it, which takes minutes"});
  }
  SECTION("a size that is not there") {
    CHECK(complaints(cloud, {{"azure-size", "Standard_X"}}) ==
          List{"problem size Standard_X: westus has no such size"});
  }
  SECTION("a size that the subscription does not get, alone or as one of two") {
    CHECK(complaints(cloud, {{"azure-size", "Standard_Gone"}}) ==
          List{"problem size Standard_Gone: not to be had in westus: NotAvailableForSubscription"});
    CHECK(complaints(cloud, {{"azure-size", "Standard_Gone,Standard_D2s_v5"}}) ==
          List{"warning size Standard_Gone: not to be had in westus: NotAvailableForSubscription"});
  }
  SECTION("a zone that is not there") {
    CHECK(complaints(cloud, {{"azure-availability-zone", "3"}}) ==
          List{"problem size Standard_D2s_v5 in zone 3: westus has it in zones 1, 2"});
  }
  SECTION("what the size cannot do") {
    CHECK(complaints(cloud, {{"azure-encryption-at-host", "true"}}) ==
          List{"problem size Standard_D2s_v5: it cannot do what --azure-encryption-at-host asks "
               "for"});
  }
  SECTION("quota of cores, of Spot cores, of addresses") {
    cloud.answers["Microsoft.Compute/locations/westus/usages"].second =
        values({usage("cores", 9, 10), usage("lowPriorityCores", 3, 3)});
    CHECK(complaints(cloud) == List{"problem quota cores: 9 of 10 used in westus, 2 needed"});
    CHECK(complaints(cloud, {{"azure-spot", "true"}}) ==
          List{"problem quota lowPriorityCores: 3 of 3 used in westus, 2 needed"});
    cloud.answers["Microsoft.Network/locations/westus/usages"].second =
        values({usage("PublicIPAddresses", 5, 5)});
    CHECK(complaints(cloud).at(1) ==
          "problem quota PublicIPAddresses: 5 of 5 used in westus, 1 needed");
  }
  SECTION("an image that is not there") {
    cloud.answers["/skus/server/versions"].second = "[]";
    CHECK(complaints(cloud) ==
          List{"problem image canonical:ubuntu-24_04-lts:server:latest: not to "
               "be had in westus"});
  }
  SECTION("an image for another architecture or generation, Windows, or one with a plan") {
    CHECK(complaints(cloud, {{"azure-size", "Standard_D2ps_v5"}}) ==
          List{"problem image canonical:ubuntu-24_04-lts:server:latest: it is for x64, but "
               "Standard_D2ps_v5 is Arm64"});
    cloud.answers["/skus/server/versions"].second =
        R"([{"name":"1","properties":{"osDiskImage":{"operatingSystem":"Windows"},)"
        R"("hyperVGeneration":"V3","plan":{"name":"n","product":"p","publisher":"q"}}}])";
    const auto found = complaints(cloud);
    REQUIRE(found.size() == 3);
    CHECK_THAT(found[0], ContainsSubstring("it is of generation V3, but Standard_D2s_v5 starts"));
    CHECK_THAT(found[1], ContainsSubstring("it is sold with a plan"));
    CHECK_THAT(found[2], ContainsSubstring("it is Windows"));
  }
  SECTION("a network without room, or elsewhere") {
    cloud.answers["virtualNetworks/docker-machine-vnet?"] = {
        200,
        R"({"location":"westus","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/8"]}}})"};
    CHECK(complaints(cloud) ==
          List{"problem network docker-machine:docker-machine-vnet: subnet docker-machine would be "
               "made as 192.168.0.0/16, which is not in 10.0.0.0/8"});
    cloud.answers["virtualNetworks/docker-machine-vnet?"].second = R"({"location":"eastus"})";
    CHECK_THAT(complaints(cloud).at(0), ContainsSubstring("must exist in the same region"));
  }
  SECTION("names: too long, or taken") {
    CHECK_THAT(complaints(cloud, {}, std::string(65, 'a')).at(0),
               ContainsSubstring("has 65 characters, but 64 is the limit"));
    cloud.answers["networkInterfaces/m1-nic?"] = {200, R"({"properties":{}})"};
    CHECK_THAT(complaints(cloud).at(0), ContainsSubstring("already exists"));
  }
  SECTION("what may not be asked is unknown, and the rest goes on") {
    for (const auto* part : {"Microsoft.Compute/skus?", "Microsoft.Authorization/permissions",
                             "Microsoft.Network/locations/westus/usages"}) {
      cloud.answers[part] = {403, refusal("AuthorizationFailed", "no")};
    }
    const auto found = complaints(cloud);
    CHECK(found.size() == 3);
    CHECK(std::ranges::all_of(found, [](const auto& one) { return one.starts_with("unknown "); }));
  }
}

TEST_CASE("plan: what would be made, with the candidates, without a call") {
  Catalogue cloud;
  AzureMachine machine(
      cloud, {{"azure-size", "A,B"}, {"azure-spot", "true"}, {"azure-fallback", "on-demand"}});
  CHECK(
      machine->plan() ==
      List{"resource group docker-machine in westus, unless it is there",
           "virtual network docker-machine:docker-machine-vnet with subnet docker-machine, unless "
           "they are there",
           "network security group m1-firewall", "public IP address m1-ip",
           "network interface m1-nic", "virtual machine m1 with disk m1-os-disk: westus, A, spot",
           "or, when that is sold out, virtual machine m1 with disk m1-os-disk: westus, B, spot",
           "or, when that is sold out, virtual machine m1 with disk m1-os-disk: westus, A, on "
           "demand",
           "or, when that is sold out, virtual machine m1 with disk m1-os-disk: westus, B, on "
           "demand"});
  CHECK(machine->placement() == "westus, A, spot");
  CHECK(cloud.calls == 0);
}

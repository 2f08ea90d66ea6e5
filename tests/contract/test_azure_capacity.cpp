// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/capacity.hpp"
#include "tests/contract/azure_fixture.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// Holds what is put into it. Sizes that are sold out are refused at once, or after a while: then
/// the machine stays, and takes interface and address along when it goes.
class Market final : public cloud::Transport {
 public:
  enum class Refusal { at_once, late };
  explicit Market(Refusal refusal = Refusal::at_once) : refusal_(refusal) {}

  cloud::HttpReply send(const Context& /*ctx*/, const cloud::HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    const auto path = request.url.substr(0, request.url.find('?'));
    if (request.url.find("/versions?") != std::string::npos) {
      return {200, {}, one_image};
    }
    if (request.method == "GET") {
      return resources.contains(path) ? cloud::HttpReply{200, {}, resources[path]}
                                      : cloud::HttpReply{404, {}, gone()};
    }
    if (request.method == "DELETE") {
      return erase(path);
    }
    return path.find("/virtualMachines/") == std::string::npos ? put(path, request.body)
                                                               : buy(path, request.body);
  }

  std::set<std::string> sold_out;  // "SIZE", "SIZE spot" or "SIZE zone 2"
  std::string code = "AllocationFailed";
  std::map<std::string, std::string> resources;
  std::vector<std::string> bought;  // what was asked for, in order
  int interfaces = 0;

 private:
  cloud::HttpReply put(const std::string& path, const std::string& body) {
    Json shown = parse_json(body);
    shown["properties"]["provisioningState"] = "Succeeded";
    shown["properties"]["ipAddress"] = "20.1.2.3";
    interfaces += path.find("/networkInterfaces/") != std::string::npos ? 1 : 0;
    resources[path] = shown.dump();
    return {201, {}, shown.dump()};
  }

  cloud::HttpReply buy(const std::string& path, const std::string& body) {
    const Json machine = parse_json(body);
    std::string wanted = machine["properties"]["hardwareProfile"]["vmSize"];
    if (machine.contains("zones")) {
      wanted += " zone " + machine["zones"][0].get<std::string>();
    }
    if (machine["properties"].contains("priority")) {
      wanted += " spot";
    }
    bought.push_back(wanted);
    CHECK_FALSE(resources.contains(path));
    CHECK(std::ranges::any_of(resources, [](const auto& entry) {
      return entry.first.ends_with("/networkInterfaces/m1-nic");
    }));
    if (!sold_out.contains(wanted)) {
      return put(path, body);
    }
    if (refusal_ == Refusal::at_once) {
      return {409, {}, refusal(code)};
    }
    resources[path] = R"({"properties":{"provisioningState":"Failed"}})";
    return {201,
            {},
            Json{{"properties", {{"provisioningState", "Failed"}}}, {"error", {{"code", code}}}}
                .dump()};
  }

  cloud::HttpReply erase(const std::string& path) {
    if (resources.erase(path) == 0) {
      return {204, {}, ""};
    }
    if (path.find("/virtualMachines/") != std::string::npos) {
      std::erase_if(resources, [](const auto& entry) {
        return entry.first.ends_with("/m1-nic") || entry.first.ends_with("/m1-ip");
      });
    }
    return {200, {}, ""};
  }

  Refusal refusal_;
  std::mutex mutex_;
};

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("a create tries sizes, then prices, and what is stored is what it got") {
  for (const auto how : {Market::Refusal::at_once, Market::Refusal::late}) {
    Market market(how);
    market.sold_out = {"A spot", "B spot", "A"};
    AzureMachine machine(market, {{"azure-size", "A, B"},
                                  {"azure-spot", "true"},
                                  {"azure-fallback", "on-demand"},
                                  {"azure-eviction-policy", "Deallocate"}});
    machine.create();
    CHECK(market.bought == List{"A spot", "B spot", "A", "B"});
    const Json& saved = machine.saved.back();
    CHECK(saved["Size"] == "B");
    CHECK_FALSE(saved.contains("Spot"));
    CHECK_FALSE(saved.contains("EvictionPolicy"));
    CHECK(machine->placement() == "westus, B, on demand");
    // What was being tried stood in the store before it was asked for.
    List sizes;
    for (const auto& one : machine.saved) {
      if (one.contains("PendingCreate") &&
          one["PendingCreate"]["Unanswered"].dump().find("virtualMachine") != std::string::npos) {
        sizes.push_back(one["Size"].get<std::string>() + (one.contains("Spot") ? " spot" : ""));
      }
    }
    CHECK(sizes == market.bought);
    // The interface is made again only where the failed machine took it along.
    CHECK(market.interfaces == (how == Market::Refusal::late ? 4 : 1));
    CHECK(machine->stored_address() == "20.1.2.3");
  }
}

TEST_CASE("k exhausted candidates cost one create k+1 calls, and the next ones one call") {
  Market market;
  market.sold_out = {"A zone 1", "A zone 2", "B zone 1"};
  const AzureMachine::Flags flags{{"azure-size", "A,B"}, {"azure-availability-zone", "1,2"}};
  AzureMachine machine(market, flags);
  machine.create();
  CHECK(market.bought == List{"A zone 1", "A zone 2", "B zone 1", "B zone 2"});
  CHECK(machine.saved.back()["AvailabilityZone"] == "2");
  const auto store = machine.saved.back()["StorePath"].get<std::string>();
  for (int i = 0; i < 5; ++i) {
    market.bought.clear();
    market.resources.clear();
    machine.open(azure::state_from_options({"m1", store},
                                           [&] {
                                             OptionValues values(azure::options());
                                             values.set("azure-subscription-id", subscription,
                                                        Origin::command_line);
                                             for (const auto& [flag, text] : flags) {
                                               values.set(flag, text, Origin::command_line);
                                             }
                                             return values;
                                           }(),
                                           {false, "tcp://0.0.0.0:3376", ""}));
    machine.create();
    CHECK(market.bought == List{"B zone 2"});
  }
}

TEST_CASE("an address for several zones is in none of them") {
  Market market;
  AzureMachine machine(market, {{"azure-availability-zone", "1,2"}});
  machine.create();
  for (const auto& [path, body] : market.resources) {
    if (path.ends_with("/m1-ip")) {
      CHECK_FALSE(parse_json(body).contains("zones"));
    }
  }
}

TEST_CASE("when all are sold out, the error names them, and nothing is left") {
  for (const auto how : {Market::Refusal::at_once, Market::Refusal::late}) {
    Market market(how);
    market.sold_out = {"A", "B"};
    AzureMachine machine(market, {{"azure-size", "A,B"}});
    try {
      machine.create();
      FAIL("made of nothing");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::capacity);
      CHECK_THAT(error.what(), StartsWith("no capacity in any of 2 candidates: A, on demand: "));
    }
    for (const auto& [path, body] : market.resources) {
      CHECK(path.find("m1") == std::string::npos);
    }
  }
}

TEST_CASE("what another size cannot cure ends the search") {
  for (const auto* code : {"AuthorizationFailed", "QuotaExceeded", "InvalidParameter"}) {
    Market market;
    market.sold_out = {"A", "B"};
    market.code = code;
    AzureMachine machine(market, {{"azure-size", "A,B"}});
    CHECK_THROWS_AS(machine.create(), Error);
    CHECK(market.bought == List{"A"});
  }
}

TEST_CASE("a single size is tried as ever") {
  Market market;
  market.sold_out = {"A"};
  AzureMachine machine(market, {{"azure-size", "A"}});
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(machine.create(), ContainsSubstring("AllocationFailed"));
  }
  CHECK(market.bought == List{"A", "A"});
  CHECK_THROWS_WITH(AzureMachine(market, {{"azure-size", "A,,B"}}),
                    ContainsSubstring("an element of the list is empty"));
  CHECK_THROWS_WITH(AzureMachine(market, {{"azure-fallback", "on-demand"}}),
                    ContainsSubstring("is for Spot machines: add --azure-spot"));
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Creates that find capacity beside each other, with the driver's own transport, against the strict
// cloud.
#include "core/parallel.hpp"
#include "tests/contract/azure_simulation.hpp"
#include "tests/support/side_by_side.hpp"

#include <algorithm>
#include <map>

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Names = std::vector<std::string>;

SimulatedCloud& engine() {
  return AzureGroup::cloud();
}

const std::string first = "Standard_D2s_v5";
const std::string second = "Standard_D2as_v5";
const std::string third = "Standard_D4s_v5";
const AzureGroup::Flags three_sizes{{"azure-size", first + "," + second + "," + third}};

void sell_out(const std::string& size, const std::string& code) {
  engine().make_it("exhaust", Json{{"size", size}, {"code", code}});
}

auto make_crowd(AzureGroup& cloud, int size) {
  return make_machines(1, size,
                       [&](const std::string& name) { return cloud.machine(name, three_sizes); });
}

/// A few at once, as `rm` of several names does.
void remove_all(const std::vector<std::unique_ptr<azure::AzureDriver>>& machines) {
  parallel_map(machines, 16, [](const auto& machine) {
    machine->remove({});
    return true;
  });
  CHECK(AzureGroup::is_empty());
}

}  // namespace

TEST_CASE(
    "k sold-out sizes: k+1 creating calls for the first create, one for each of the next 99") {
  // Refused at once, or by an operation that fails and leaves a machine behind.
  for (const auto* code : {"SkuNotAvailable", "AllocationFailed"}) {
    INFO(code);
    AzureGroup cloud;
    sell_out(first, code);
    sell_out(second, code);
    const auto scout = cloud.machine("m0", three_sizes);
    AzureGroup::create(*scout);
    CHECK(AzureGroup::sizes_tried() == Names{first, second, third});
    CHECK(scout->placement() == "japaneast, " + third + ", on demand");

    constexpr int parallel = 99;
    const auto next = make_crowd(cloud, parallel);
    engine().forget_calls();
    side_by_side(next, AzureGroup::create);
    CHECK(AzureGroup::sizes_tried() == Names(parallel, third));
    // What else each of them makes, once: all that it needs, and nothing twice.
    std::map<std::string, int> made;
    for (const auto& call : AzureGroup::puts()) {
      ++made[AzureGroup::kind_of(call)];
    }
    CHECK(made == std::map<std::string, int>{{"networkInterfaces", parallel},
                                             {"networkSecurityGroups", parallel},
                                             {"publicIPAddresses", parallel},
                                             {"virtualMachines", parallel}});
    scout->remove({});
    remove_all(next);
  }
}

TEST_CASE("a hundred creates at once that know nothing: k+1 creating calls at most for each") {
  AzureGroup cloud;
  sell_out(first, "SkuNotAvailable");
  sell_out(second, "AllocationFailed");
  const auto all = make_crowd(cloud, 100);
  side_by_side(all, AzureGroup::create);
  std::map<std::string, Names> tried;
  for (const auto& call : AzureGroup::creating_calls()) {
    tried[call.path].push_back(AzureGroup::size_in(call));
  }
  CHECK(tried.size() == all.size());
  for (const auto& [machine, sizes] : tried) {
    INFO(machine);
    CHECK(sizes.size() <= 3);
    CHECK(sizes.back() == third);
    CHECK(std::ranges::count(sizes, third) == 1);
  }
  // Together they have learned what one of them would have.
  const auto late = cloud.machine("late", three_sizes);
  engine().forget_calls();
  AzureGroup::create(*late);
  CHECK(AzureGroup::sizes_tried() == Names{third});
  late->remove({});
  remove_all(all);
}

TEST_CASE("what no other size can cure ends a create at once, and nothing is left") {
  const std::vector<std::pair<Json, Errc>> cases{
      {Json{{"quotas", Json{{"cores", 0}}}}, Errc::quota},
      {Json{{"denied_permissions", Json::array({"Microsoft.Compute/virtualMachines/write"})}},
       Errc::denied}};
  for (const auto& [settings, code] : cases) {
    AzureGroup cloud;
    engine().set(settings);
    const auto machine = cloud.machine("m1", three_sizes);
    try {
      AzureGroup::create(*machine);
      FAIL("no exception");
    } catch (const Error& error) {
      CHECK(error.code() == code);
    }
    CHECK(AzureGroup::sizes_tried() == Names{first});
    CHECK(AzureGroup::is_empty());
    CHECK_FALSE(std::filesystem::exists(cloud.store() / "dmachine"));
  }
}

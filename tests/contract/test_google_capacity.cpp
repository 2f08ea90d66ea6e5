// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_simulation.hpp"
#include "tests/support/side_by_side.hpp"

#include <array>

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Names = std::vector<std::string>;

SimulatedCloud& engine() {
  return GoogleProject::cloud();
}

void sell_out(const std::string& zone, const std::string& type = "*") {
  engine().make_it("exhaust", Json{{"zone", zone}, {"machine_type", type}});
}

/// Where the creating calls went.
Names zones_tried() {
  Names zones;
  for (const auto& call : GoogleProject::creating_calls()) {
    const auto parts = split(call.path, '/');
    zones.push_back(parts[parts.size() - 2]);
  }
  return zones;
}

void remove_as_another_process(const google::GoogleDriver& machine) {
  GoogleProject::reopen(machine.to_json())->remove({});
}

const GoogleProject::Flags three_zones{{"google-zone", "us-east1-b,us-east1-c,us-east1-d"},
                                       {"google-skip-firewall-create", "true"}};

}  // namespace

TEST_CASE("k sold-out places: k+1 creating calls for the first create, one for each of the next") {
  GoogleProject cloud;
  sell_out("us-east1-b");
  sell_out("us-east1-c");
  const auto first = cloud.machine("m0", three_zones);
  CHECK(first->placement() == "us-east1-b, n1-standard-1, on demand");
  Names saved;
  first->create({}, [&] {
    const Json driver = first->to_json();
    saved.push_back(driver["Zone"].get<std::string>() + " " +
                    (driver["PendingCreate"]["InsertRequestID"] == "" ? "open" : "tried"));
  });
  CHECK(zones_tried() == Names{"us-east1-b", "us-east1-c", "us-east1-d"});
  // Before each attempt the store says which, and between them that nothing is there.
  CHECK(saved == Names{"us-east1-b tried", "us-east1-b tried", "us-east1-b open",
                       "us-east1-c tried", "us-east1-c tried", "us-east1-c open",
                       "us-east1-d tried", "us-east1-d tried"});
  CHECK(first->placement() == "us-east1-d, n1-standard-1, on demand");
  CHECK(GoogleProject::names_of("disks") == Names{"m0-disk"});

  const auto others = make_machines(
      1, 99, [&](const std::string& name) { return cloud.machine(name, three_zones); });
  engine().forget_calls();
  side_by_side(others, GoogleProject::create);
  CHECK(zones_tried() == Names(others.size(), "us-east1-d"));
  side_by_side(others, remove_as_another_process);
  first->remove({});
  CHECK(GoogleProject::names_of("instances").empty());
}

TEST_CASE("a hundred creates at once that know of no sold-out place try each place once at most") {
  GoogleProject cloud;
  sell_out("us-east1-b");
  sell_out("us-east1-c");
  const auto machines = make_machines(
      1, 100, [&](const std::string& name) { return cloud.machine(name, three_zones); });
  side_by_side(machines, GoogleProject::create);
  const auto tries = count_by_machine(GoogleProject::creating_calls(), [](const auto& call) {
    return call.body["name"].template get<std::string>();
  });
  CHECK(tries.size() == machines.size());
  for (const auto& [machine, count] : tries) {
    INFO(machine);
    CHECK(count <= 3);
  }
  for (const auto& machine : machines) {
    CHECK(machine->placement() == "us-east1-d, n1-standard-1, on demand");
  }
  CHECK(GoogleProject::names_of("instances").size() == machines.size());
  CHECK(GoogleProject::names_of("disks").size() == machines.size());
  side_by_side(machines, remove_as_another_process);
  CHECK(GoogleProject::names_of("instances").empty());
  CHECK(GoogleProject::names_of("disks").empty());
}

TEST_CASE("a size that is sold out everywhere gives way to the next one") {
  GoogleProject cloud;
  sell_out("*", "e2-standard-2");
  auto flags = three_zones;
  flags.emplace_back("google-machine-type", "e2-standard-2,n2-standard-2");
  const auto machine = cloud.machine("m1", flags);
  GoogleProject::create(*machine);
  CHECK(zones_tried() == Names{"us-east1-b", "us-east1-c", "us-east1-d", "us-east1-b"});
  CHECK(machine->to_json()["MachineType"] == "n2-standard-2");
  CHECK(machine->placement() == "us-east1-b, n2-standard-2, on demand");
  machine->remove({});
}

TEST_CASE("what no other place can cure ends a create at once") {
  const std::array<std::pair<Json, Errc>, 2> cases{
      {{Json{{"quotas", Json{{"CPUS", 0}}}}, Errc::quota},
       {Json{{"denied_permissions", Json::array({"compute.instances.create"})}}, Errc::denied}}};
  for (const auto& [settings, code] : cases) {
    GoogleProject cloud;
    engine().set(settings);
    const auto machine = cloud.machine("m1", three_zones);
    try {
      GoogleProject::create(*machine);
      FAIL("no exception");
    } catch (const Error& error) {
      CHECK(error.code() == code);
    }
    CHECK(zones_tried() == Names{"us-east1-b"});
    GoogleProject::reopen(machine->to_json())->remove({});
  }
}

TEST_CASE("when every place is sold out the error names all, and nothing is left") {
  GoogleProject cloud;
  sell_out("*");
  const auto machine = cloud.machine("m1", three_zones);
  try {
    GoogleProject::create(*machine);
    FAIL("no exception");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::capacity);
    const std::string text = error.what();
    for (const auto* zone : {"us-east1-b", "us-east1-c", "us-east1-d"}) {
      CHECK(text.find(zone) != std::string::npos);
    }
    CHECK(text.find("ZONE_RESOURCE_POOL_EXHAUSTED") != std::string::npos);
  }
  CHECK(GoogleProject::names_of("disks").empty());
  engine().forget_calls();
  machine->remove({});
  CHECK(engine().calls("compute").empty());
}

TEST_CASE("a single place fails as ever, and remembers nothing") {
  GoogleProject cloud;
  sell_out("*");
  const auto machine = cloud.machine("m1");
  CHECK_THROWS_WITH(GoogleProject::create(*machine),
                    StartsWith("operation error: {ZONE_RESOURCE_POOL_EXHAUSTED "));
  CHECK(zones_tried() == Names{"us-central1-a"});
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(cloud.store()) / "dmachine"));
  machine->remove({});
}

TEST_CASE("spot says so in the insert, and falls back to on demand when told") {
  GoogleProject cloud;
  const GoogleProject::Flags spot{{"google-provisioning-model", "spot"},
                                  {"google-instance-termination-action", "delete"},
                                  {"google-skip-firewall-create", "true"}};
  const auto machine = cloud.machine("m1", spot);
  GoogleProject::create(*machine);
  const Json sent = GoogleProject::creating_calls().at(0).body;
  CHECK(sent["scheduling"] ==
        Json{{"provisioningModel", "SPOT"}, {"instanceTerminationAction", "DELETE"}});
  CHECK(machine->to_json()["ProvisioningModel"] == "SPOT");
  CHECK(machine->placement() == "us-central1-a, n1-standard-1, spot");
  machine->remove({});

  engine().set(Json{{"no_spot", true}});
  auto flags = spot;
  flags.emplace_back("google-fallback", "on-demand");
  flags.emplace_back("google-zone", "us-east1-b,us-east1-c");
  const auto other = cloud.machine("m2", flags);
  engine().forget_calls();
  GoogleProject::create(*other);
  CHECK(zones_tried() == Names{"us-east1-b", "us-east1-c", "us-east1-b"});
  CHECK(GoogleProject::creating_calls().back().body["scheduling"] == Json::object());
  CHECK(other->placement() == "us-east1-b, n1-standard-1, on demand");
  CHECK_FALSE(other->to_json().contains("ProvisioningModel"));
  other->remove({});
}

TEST_CASE("a machine in another zone than the store says is found by its labels, and removed") {
  GoogleProject cloud;
  const auto machine = cloud.machine("m1", {{"google-zone", "us-east1-b"}});
  Json before;
  machine->create({}, [&] {
    if (before.is_null()) {
      before = machine->to_json();
    }
  });
  for (const bool is_pending : {true, false}) {
    if (is_pending) {
      // Killed after the insert, with a store that is older than that.
      before["Zone"] = "us-west1-a";
      before["PendingCreate"]["InsertSentAt"] = 1;
      GoogleProject::reopen(before)->remove({});
    } else {
      const auto again = cloud.machine("m1", {{"google-zone", "us-east1-b"}});
      GoogleProject::create(*again);
      Json moved = again->to_json();
      moved["Zone"] = "us-west1-a";
      GoogleProject::reopen(moved)->remove({});
    }
    CHECK(GoogleProject::names_of("instances").empty());
    CHECK(GoogleProject::names_of("disks").empty());
  }
}

TEST_CASE("an instance of our name with another owner stays") {
  GoogleProject cloud;
  const Json labels{{"dmachine-machine", "m1"},
                    {"dmachine-store", cloud.owner.store},
                    {"dmachine-create", "00000000000000ff"}};
  engine().make_it("add_instances", Json{{"names", Names{"m1"}},
                                         {"address", nullptr},
                                         {"zone", "us-east1-b"},
                                         {"project", cloud.project},
                                         {"labels", labels}});
  const auto machine = cloud.machine("m1", {{"google-zone", "us-west1-a"}});
  GoogleProject::create(*machine);
  machine->remove({});
  machine->remove({});  // looks for it elsewhere
  CHECK(GoogleProject::names_of("instances") == Names{"m1"});
  engine().make_it("vanish", Json{{"name", "m1"}, {"project", cloud.project}});
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_simulation.hpp"

#include <chrono>

using namespace dmachine;
using namespace dmachine::test;

namespace {

Json owner_labels_of(const std::string& machine, const Owner& owner) {
  return Json{{"dmachine-machine", machine},
              {"dmachine-store", owner.store},
              {"dmachine-create", owner.create}};
}

}  // namespace

TEST_CASE("a create says in its insert whose instance and disk are, and the user's labels win") {
  GoogleProject cloud;
  const auto machine =
      cloud.machine("m1", {{"google-label", "dmachine-store:mine"}, {"google-label", "team:ci"}});
  GoogleProject::create(*machine);
  const auto sent = GoogleProject::creating_calls();
  REQUIRE(sent.size() == 1);
  const Json labels = owner_labels_of("m1", {"mine", cloud.owner.create});
  for (const auto& [key, value] : labels.items()) {
    CHECK(sent[0].body["labels"][key] == value);
    CHECK(sent[0].body["disks"][0]["initializeParams"]["labels"][key] == value);
  }
  CHECK(sent[0].body["labels"]["team"] == "ci");
  CHECK(machine->to_json()["Owner"] ==
        Json{{"Store", cloud.owner.store}, {"Create", cloud.owner.create}});
  machine->remove({});
}

TEST_CASE("labels of the owner are left out together where they do not fit beside the user's") {
  GoogleProject cloud;
  GoogleProject::Flags flags;
  for (int i = 0; i < 62; ++i) {
    flags.emplace_back("google-label", "l" + std::to_string(i));
  }
  const auto machine = cloud.machine("m1", flags);
  GoogleProject::create(*machine);
  CHECK(GoogleProject::creating_calls().at(0).body["labels"].size() == 62);
  machine->remove({});

  GoogleProject without;
  without.owner = {};
  const auto other = without.machine("m2");
  GoogleProject::create(*other);
  CHECK_FALSE(GoogleProject::creating_calls().at(0).body.contains("labels"));
  CHECK_FALSE(other->to_json().contains("Owner"));
  other->remove({});
}

TEST_CASE("an account lists what is ours, once, and deletes it") {
  GoogleProject cloud;
  const auto machine = cloud.machine("m1");
  GoogleProject::create(*machine);
  const auto account = GoogleProject::reopen(machine->to_json())->account();
  CHECK(account->name() == "project " + cloud.project);
  auto owned = account->owned({});
  REQUIRE(owned.size() == 1);  // its disk goes with it
  CHECK(owned[0].kind == ResourceKind::instance);
  CHECK(owned[0].id == "m1");
  CHECK(owned[0].place == "us-central1-a");
  CHECK(owned[0].machine == "m1");
  CHECK(owned[0].owner == cloud.owner);
  CHECK(owned[0].cost == Cost::computing);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  REQUIRE(owned[0].made_at);
  CHECK(*owned[0].made_at <= now + 1);
  CHECK(*owned[0].made_at > now - 300);

  // A disk that outlives its instance stands for itself.
  GoogleProject::cloud().make_it(
      "vanish", Json{{"name", "m1"}, {"keep_disks", true}, {"project", cloud.project}});
  owned = account->owned({});
  REQUIRE(owned.size() == 1);
  CHECK(owned[0].kind == ResourceKind::disk);
  CHECK(owned[0].id == "m1-disk");
  CHECK(owned[0].cost == Cost::storage);
  account->erase({}, owned[0]);
  CHECK(account->erase({}, owned[0]) == Erasure::gone);  // not there any more: as well
  CHECK(account->owned({}).empty());
}

TEST_CASE("what changed hands since it was listed is left alone, what is in use is said") {
  GoogleProject cloud;
  const auto machine = cloud.machine("m1");
  GoogleProject::create(*machine);
  const auto account = machine->account();
  const auto owned = account->owned({}).at(0);
  auto other = owned;
  other.owner.create = "00000000000000cc";
  CHECK(account->erase({}, other) == Erasure::changed_hands);
  auto older = owned;
  older.details["Id"] = "1";
  CHECK(account->erase({}, older) == Erasure::changed_hands);
  CHECK(account->owned({}).size() == 1);
  auto disk = owned;
  disk.kind = ResourceKind::disk;
  disk.id = "m1-disk";
  disk.details = Json{{"Id", "1"}};
  CHECK(account->erase({}, disk) == Erasure::changed_hands);  // another disk's number
  CHECK(account->owned({}).size() == 1);
  machine->remove({});
  CHECK(account->owned({}).empty());
}

TEST_CASE("a place that does not answer is no place without our resources") {
  GoogleProject cloud;
  GoogleProject::cloud().set(Json{{"unreachable", Json::array({"us-east1-b"})}});
  CHECK_THROWS_WITH(
      cloud.machine("m1")->account()->owned({}),
      StartsWith("cannot list all disks in zones/us-east1-b: ") && EndsWith("(UNREACHABLE)"));
}

TEST_CASE("what a create left is found without a store, wherever it was killed") {
  constexpr int checkpoints = 2;  // before the insert leaves, and once it was answered
  for (int last = 1; last <= checkpoints; ++last) {
    INFO("killed at checkpoint " << last);
    GoogleProject cloud;
    const auto machine = cloud.machine("m1");
    int count = 0;
    const auto kill = [&] {
      if (++count == last) {
        throw Cancelled();
      }
    };
    CHECK_THROWS_AS(machine->create({}, kill), Cancelled);
    // Another machine with the same flags, in another store.
    const auto account = cloud.machine("doctor")->account();
    const auto owned = account->owned({});
    CHECK(owned.size() == (last == 1 ? 0 : 1));
    for (const auto& resource : owned) {
      CHECK(resource.machine == "m1");
      account->erase({}, resource);
    }
    CHECK(GoogleProject::names_of("instances").empty());
    CHECK(GoogleProject::names_of("disks").empty());
  }
}

TEST_CASE("an orphan is adopted by the machine's key, and removed by what is stored then") {
  GoogleProject cloud;
  const auto machine = cloud.machine("m1", {{"google-zone", "europe-west1-b"},
                                            {"google-machine-type", "e2-standard-2"},
                                            {"google-provisioning-model", "spot"},
                                            {"google-tags", "a,b"},
                                            {"google-label", "team:ci"}});
  GoogleProject::create(*machine);
  const auto account = machine->account();
  const auto owned = account->owned({}).at(0);
  BaseState base;
  base.machine_name = "m1";
  base.store_path = cloud.store();
  const Json driver = account->adopt({}, owned, base);
  const Json before = machine->to_json();
  for (const auto* key : {"IPAddress", "MachineName", "SSHUser", "SSHPort", "Zone", "MachineType",
                          "Network", "UseInternalIPOnly", "DiskSize", "Project", "Labels", "Owner",
                          "Scopes", "Preemptible", "ProvisioningModel"}) {
    INFO(key);
    CHECK(driver[key] == before[key]);
  }
  CHECK(driver["Tags"] == "a,b");
  const auto adopted = GoogleProject::reopen(driver);
  CHECK(adopted->state({}) == State::running);
  adopted->remove({});
  CHECK(account->owned({}).empty());
  CHECK_THROWS_WITH(account->adopt({}, owned, base),
                    "there is no instance m1 in zone europe-west1-b any more");
}

TEST_CASE("a thousand resources of others cost two calls and are not touched") {
  GoogleProject cloud;
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) {
    names.push_back("other-" + std::to_string(i));
  }
  Json fleet{{"names", names}, {"address", nullptr}, {"project", cloud.project}};
  GoogleProject::cloud().make_it("add_instances", fleet);
  const auto machine = cloud.machine("m1");
  GoogleProject::create(*machine);
  const auto account = machine->account();
  GoogleProject::cloud().forget_calls();
  const auto begin = std::chrono::steady_clock::now();
  const auto owned = account->owned({});
  const auto took = std::chrono::steady_clock::now() - begin;
  INFO("owned() took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
                       << " ms");
  CHECK(owned.size() == 1);
  CHECK(GoogleProject::cloud().calls("compute").size() == 2);

  // Of others and ours together: pages of 500.
  for (auto& name : names) {
    name = "ours" + name.substr(name.find('-'));
  }
  fleet["names"] = names;
  fleet["labels"] = owner_labels_of("x", {"00000000000000dd", "00000000000000ee"});
  fleet["zone"] = "us-east1-b";
  GoogleProject::cloud().make_it("add_instances", fleet);
  GoogleProject::cloud().forget_calls();
  CHECK(account->owned({}).size() == 501);
  CHECK(GoogleProject::cloud().calls("compute").size() == 4);
  account->erase({}, owned.at(0));
  CHECK(account->owned({}).size() == 500);
  CHECK(GoogleProject::names_of("instances").size() == 1000);
}

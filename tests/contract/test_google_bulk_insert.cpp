// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_simulation.hpp"
#include "tests/support/side_by_side.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Names = std::vector<std::string>;

SimulatedCloud& engine() {
  return GoogleProject::cloud();
}

const GoogleProject::Flags bulk{{"google-bulk-insert", "true"},
                                {"google-region", "us-east1"},
                                {"google-skip-firewall-create", "true"}};

GoogleProject::Flags with(GoogleProject::Flags flags, const GoogleProject::Flags& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

Names types_tried() {
  Names types;
  for (const auto& call : GoogleProject::creating_calls()) {
    types.push_back(call.body["instanceProperties"]["machineType"]);
  }
  return types;
}

}  // namespace

TEST_CASE("a bulk insert: what is sent, what gitlab-runner reads, and every verb afterwards") {
  GoogleProject cloud;
  engine().make_it("exhaust", Json{{"zone", "us-east1-b"}});
  const auto machine = cloud.machine("m1", with(bulk, {{"google-location-zone", "us-east1-b"},
                                                       {"google-location-zone", "us-east1-c:ALLOW"},
                                                       {"google-location-zone", "us-east1-d:DENY"},
                                                       {"google-subnetwork", "default"},
                                                       {"google-preemptible", "true"}}));
  machine->precheck({});
  CHECK(machine->to_json()["Zone"] == "");
  GoogleProject::create(*machine);
  const auto sent = GoogleProject::creating_calls();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].path.ends_with("/regions/us-east1/instances/bulkInsert"));
  const Json body = sent[0].body;
  CHECK(body["count"] == "1");
  CHECK(body["minCount"] == "1");
  CHECK(body["perInstanceProperties"] == Json{{"m1", Json::object()}});
  CHECK(body["locationPolicy"]["targetShape"] == "ANY");
  CHECK(body["locationPolicy"]["locations"]["zones/us-east1-d"]["preference"] == "DENY");
  const Json properties = body["instanceProperties"];
  CHECK(properties["machineType"] == "n1-standard-1");
  CHECK_FALSE(properties.contains("name"));
  CHECK(properties["labels"]["dmachine-create"] == cloud.owner.create);
  CHECK(properties["disks"][0]["deviceName"] == "boot");
  CHECK(properties["disks"][0]["initializeParams"]["diskType"] == "pd-standard");
  CHECK_FALSE(properties["disks"][0]["initializeParams"].contains("diskName"));

  const Json driver = machine->to_json();
  CHECK(driver["BulkInsert"] == true);
  CHECK(driver["Region"] == "us-east1");
  CHECK(driver["Zone"] == "");
  CHECK(driver["MachineType"] == "n1-standard-1");
  CHECK(driver["ResolvedZone"] == "us-east1-c");
  CHECK(driver["ResolvedMachineType"] == "n1-standard-1");
  CHECK(machine->placement() == "us-east1-c, n1-standard-1, spot");

  const auto later = GoogleProject::reopen(driver);
  CHECK(later->state({}) == State::running);
  later->stop({});
  CHECK(later->state({}) == State::stopped);
  later->start({});
  CHECK(later->address({}) == later->stored_address());
  later->remove({});
  later->remove({});
  CHECK_THROWS_WITH(later->start({}), StartsWith("instance \"m1\" is gone"));
  CHECK(GoogleProject::names_of("instances").empty());
  CHECK(GoogleProject::names_of("disks").empty());
}

TEST_CASE("selections are tried in order; with a cooldown those sold out a moment ago last") {
  GoogleProject cloud;
  engine().make_it("exhaust", Json{{"machine_type", "c3-standard-4"}});
  const auto flags =
      with(bulk, {{"google-flex-selection", "machine-type=c3-standard-4,disk-type=pd-balanced"},
                  {"google-flex-selection", "machine-type=n2-standard-4"}});
  const Names both{"c3-standard-4", "n2-standard-4"};
  for (const auto& name : {"m1", "m2"}) {
    engine().forget_calls();
    const auto machine = cloud.machine(name, flags);
    GoogleProject::create(*machine);
    CHECK(types_tried() == both);
    CHECK(machine->to_json()["ResolvedMachineType"] == "n2-standard-4");
    machine->remove({});
  }
  const auto cool = with(flags, {{"google-flex-stockout-cooldown", "10m"}});
  for (const auto& [name, tried] :
       std::vector<std::pair<std::string, Names>>{{"m3", both}, {"m4", {"n2-standard-4"}}}) {
    engine().forget_calls();
    const auto machine = cloud.machine(name, cool);
    GoogleProject::create(*machine);
    CHECK(types_tried() == tried);
    machine->remove({});
  }
  engine().make_it("exhaust", Json{{"machine_type", "*"}});
  engine().forget_calls();
  const auto machine = cloud.machine("m5", cool);
  CHECK_THROWS_WITH(GoogleProject::create(*machine),
                    StartsWith("all 2 bulkInsert selections failed with stockout-class errors: "
                               "bulkInsert for \"m5\" did not complete: operation error: "
                               "{VM_MIN_COUNT_NOT_REACHED "));
  CHECK(types_tried() == Names{"n2-standard-4", "c3-standard-4"});
  CHECK(GoogleProject::names_of("instances").empty());
}

TEST_CASE("after the cooldown one create looks again, and the others wait for what it finds") {
  GoogleProject cloud;
  engine().make_it("exhaust", Json{{"machine_type", "c3-standard-4"}});
  const auto flags = with(bulk, {{"google-flex-selection", "machine-type=c3-standard-4"},
                                 {"google-flex-selection", "machine-type=n2-standard-4"},
                                 {"google-flex-stockout-cooldown", "10m"}});
  const std::string account = "google project " + cloud.project;
  const std::string candidate = "us-east1, c3-standard-4 pd-standard 0 0, on demand";
  const auto file = std::filesystem::path(cloud.store()) / "dmachine/capacity.json";
  const auto soon = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 600;
  ensure_folder(file.parent_path());
  Json known{{account + ", not seen since", Json{{candidate, soon}}},
             {account + ", being probed", Json{{candidate, soon}}}};
  write_file(file, known.dump(), 0600);
  const auto waiting = cloud.machine("m1", flags);
  GoogleProject::create(*waiting);
  CHECK(types_tried() == Names{"n2-standard-4"});
  waiting->remove({});

  known.erase(account + ", being probed");
  write_file(file, known.dump(), 0600);
  engine().forget_calls();
  const auto probing = cloud.machine("m2", flags);
  GoogleProject::create(*probing);
  CHECK(types_tried() == Names{"c3-standard-4", "n2-standard-4"});
  const Json now = parse_json(read_file(file));
  CHECK(now.contains(account));  // it cools again
  CHECK_FALSE(now.contains(account + ", being probed"));
  probing->remove({});
}

TEST_CASE("after the cooldown one of many creates at once looks again") {
  GoogleProject cloud;
  engine().make_it("exhaust", Json{{"machine_type", "c3-standard-4"}});
  const auto flags = with(bulk, {{"google-flex-selection", "machine-type=c3-standard-4"},
                                 {"google-flex-selection", "machine-type=n2-standard-4"},
                                 {"google-flex-stockout-cooldown", "10m"}});
  const auto file = std::filesystem::path(cloud.store()) / "dmachine/capacity.json";
  const auto soon = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 600;
  ensure_folder(file.parent_path());
  write_file(file,
             Json{{"google project " + cloud.project + ", not seen since",
                   Json{{"us-east1, c3-standard-4 pd-standard 0 0, on demand", soon}}}}
                 .dump(),
             0600);
  const auto machines =
      make_machines(1, 12, [&](const std::string& name) { return cloud.machine(name, flags); });
  side_by_side(machines, GoogleProject::create);
  const auto tried = types_tried();
  CHECK(std::ranges::count(tried, "c3-standard-4") == 1);
  CHECK(std::ranges::count(tried, "n2-standard-4") == 12);
}

TEST_CASE("a refusal that other selections cannot cure ends a bulk insert at once") {
  GoogleProject cloud;
  engine().set(Json{{"quotas", Json{{"CPUS", 0}}}});
  const auto machine =
      cloud.machine("m1", with(bulk, {{"google-flex-selection", "machine-type=n2-standard-4"},
                                      {"google-flex-selection", "machine-type=n2-standard-2"}}));
  CHECK_THROWS_WITH(
      GoogleProject::create(*machine),
      StartsWith("bulkInsert rejected create for \"m1\" in \"us-east1\": googleapi: Error 403: "));
  CHECK(GoogleProject::creating_calls().size() == 1);
  machine->remove({});
}

TEST_CASE("a bulk insert that was killed anywhere is found by its labels, or by its key") {
  for (const bool has_owner : {true, false}) {
    GoogleProject cloud;
    cloud.owner = has_owner ? cloud.owner : Owner{};
    const auto machine = cloud.machine("m1", bulk);
    std::vector<Json> saved;
    machine->create({}, [&] { saved.push_back(machine->to_json()); });
    REQUIRE(saved.size() == 2);
    for (const Json& state : saved) {
      CHECK(state["ResolvedZone"] == "");
    }
    GoogleProject::reopen(saved.back())->remove({});
    CHECK(GoogleProject::names_of("instances").empty());
    CHECK(GoogleProject::names_of("disks").empty());
  }
}

TEST_CASE("a bulk insert that failed but made an instance leaves none") {
  GoogleProject cloud;
  engine().make_it(
      "fail_operation",
      Json{{"operation_type", "bulkInsert"}, {"code", "INTERNAL_ERROR"}, {"keep", true}});
  const auto machine = cloud.machine("m1", bulk);
  CHECK_THROWS_WITH(GoogleProject::create(*machine),
                    StartsWith("bulkInsert for \"m1\" did not complete: "));
  CHECK(GoogleProject::names_of("instances") == Names{"m1"});
  GoogleProject::reopen(machine->to_json())->remove({});
  CHECK(GoogleProject::names_of("instances").empty());
}

TEST_CASE("keys of managed instance groups stay as they were found, and place the machine") {
  GoogleProject cloud;
  engine().make_it("add_instances", Json{{"names", Names{"m1"}},
                                         {"address", "198.51.100.4"},
                                         {"zone", "us-east1-c"},
                                         {"project", cloud.project}});
  const Json stored{{"MachineName", "m1"},
                    {"Project", cloud.project},
                    {"Zone", ""},
                    {"RegionInstanceGroupManager", "mig"},
                    {"ResolvedZone", "us-east1-c"},
                    {"ResolvedMachineType", "n1-standard-1"}};
  const auto machine = GoogleProject::reopen(stored);
  CHECK(machine->state({}) == State::running);
  for (const auto& [key, value] : stored.items()) {
    CHECK(machine->to_json()[key] == value);
  }
  engine().make_it("vanish", Json{{"name", "m1"}, {"project", cloud.project}});
}

TEST_CASE("impossible combinations of the options for placement are refused") {
  GoogleProject cloud;
  const auto refuses = [&](const GoogleProject::Flags& flags, const std::string& text) {
    CHECK_THROWS_WITH(cloud.machine("m1", flags), StartsWith(text));
  };
  refuses({{"google-bulk-insert", "true"}}, "--google-bulk-insert requires --google-region");
  refuses(with(bulk, {{"google-zone", "us-east1-b"}}),
          "--google-bulk-insert and --google-zone are mutually exclusive: ");
  refuses(with(bulk, {{"google-use-existing", "true"}}),
          "--google-bulk-insert and --google-use-existing are mutually exclusive: ");
  refuses(with(bulk, {{"google-address", "front"}}),
          "--google-address is not supported with --google-bulk-insert: ");
  refuses(with(bulk, {{"google-location-zone", "us-west1-a"}}),
          "--google-location-zone \"us-west1-a\": it is no zone of the region \"us-east1\"");
  refuses({{"google-flex-selection", "machine-type=x"}},
          "--google-flex-selection requires --google-bulk-insert");
  refuses({{"google-location-zone", "us-east1-b"}},
          "--google-location-zone requires --google-bulk-insert");
  refuses({{"google-flex-stockout-cooldown", "5m"}},
          "--google-flex-stockout-cooldown requires --google-bulk-insert");
  refuses({{"google-flex-stockout-cooldown", "5"}},
          "invalid value \"5\" for --google-flex-stockout-cooldown: expected a duration");
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"x", "element \"x\" is not key=value"},
           {"machine-type=a,machine-type=b", "duplicate key \"machine-type\""},
           {"disk-type=pd-ssd", "missing required key machine-type"},
           {"machine-type=", "empty value for key \"machine-type\""},
           {"machine-type=a,disk-type=b,disk-iops=x",
            "disk-iops \"x\" is not a non-negative integer"},
           {"machine-type=a,disk-iops=3", "disk-iops/disk-throughput require disk-type"}}) {
    refuses(with(bulk, {{"google-flex-selection", text}}),
            "--google-flex-selection \"" + text + "\": " + why);
  }
  refuses({{"google-zone", "us-east1-b,nowhere"}},
          "invalid value \"nowhere\" for --google-zone: expected a zone");
  refuses({{"google-zone", "us-east1-b,us-west1-a"}, {"google-address", "front"}},
          "--google-address lies in one region");
  refuses({{"google-fallback", "on-demand"}}, "--google-fallback on-demand requires ");
  refuses({{"google-provisioning-model", "cheap"}},
          "invalid value \"cheap\" for --google-provisioning-model: expected spot or standard");
  refuses({{"google-instance-termination-action", "stop"}},
          "--google-instance-termination-action requires ");
}

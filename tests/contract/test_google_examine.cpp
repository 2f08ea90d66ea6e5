// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_simulation.hpp"

#include <functional>

using namespace dmachine;
using namespace dmachine::test;

namespace {

using Level = Finding::Level;

SimulatedCloud& engine() {
  return GoogleProject::cloud();
}

std::string shown(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += std::to_string(static_cast<int>(finding.level)) + " " + finding.subject + ": " +
            finding.text + " -> " + finding.remedy + "\n";
  }
  return text;
}

bool has(const std::vector<Finding>& findings, Level level, const std::string& subject) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.level == level && finding.subject.starts_with(subject) &&
           !finding.text.empty() && (level == Level::good || !finding.remedy.empty());
  });
}

/// Nothing was changed, not even by accident.
void check_nothing_made() {
  for (const auto& call : engine().calls("compute")) {
    CHECK(call.method == "GET");
  }
}

void allow_ssh(const GoogleProject& cloud, const std::string& network = "default") {
  engine().make_it("add_firewall", Json{{"name", "ssh-" + network},
                                        {"network", network},
                                        {"port", "22"},
                                        {"project", cloud.project}});
}

}  // namespace

TEST_CASE("a create that has all it needs: nothing but good news, and nothing is made") {
  for (const GoogleProject::Flags& flags :
       {GoogleProject::Flags{},
        GoogleProject::Flags{{"google-zone", "us-east1-b,us-east1-c"},
                             {"google-machine-type", "n2-standard-2"},
                             {"google-provisioning-model", "spot"}},
        GoogleProject::Flags{{"google-bulk-insert", "true"}, {"google-region", "us-east1"}}}) {
    GoogleProject cloud;
    allow_ssh(cloud);
    engine().forget_calls();
    const auto findings = cloud.machine("m1", flags)->examine({});
    INFO(shown(findings));
    CHECK(std::ranges::all_of(findings, [](const Finding& finding) {
      return finding.level == Level::good && finding.remedy.empty();
    }));
    CHECK(findings.size() >= 10);
    check_nothing_made();
  }
}

TEST_CASE("what stands in the way of a create is named, and nothing is made") {
  struct Case {
    const char* what;
    GoogleProject::Flags flags;
    std::function<void(GoogleProject&)> spoil;
    Level level;
    std::string subject;
  };
  const auto set = [](const Json& settings) {
    return [settings](GoogleProject&) { engine().set(settings); };
  };
  const auto nothing = [](GoogleProject&) {};
  const std::vector<Case> cases{
      {"no such project",
       {{"google-project", "nobody"}},
       nothing,
       Level::problem,
       "project nobody"},
      {"the API is off",
       {},
       set(Json{{"disabled_services", {"compute.googleapis.com"}}}),
       Level::problem,
       "project "},
      {"no permission to create",
       {},
       set(Json{{"denied_permissions", {"compute.instances.create"}}}),
       Level::problem,
       "permission compute.instances.create"},
      {"no permission for firewall rules",
       {},
       set(Json{{"denied_permissions", {"compute.firewalls.create"}}}),
       Level::problem,
       "permission compute.firewalls.create"},
      {"no permission to list what is left",
       {},
       set(Json{{"denied_permissions", {"compute.disks.list"}}}),
       Level::warning,
       "permission compute.disks.list"},
      {"permissions cannot be asked",
       {},
       set(Json{{"disabled_services", {"cloudresourcemanager.googleapis.com"}}}),
       Level::unknown,
       "permissions"},
      {"too few CPUs",
       {},
       set(Json{{"quotas", Json{{"CPUS", 0}}}}),
       Level::problem,
       "quota CPUS in us-central1"},
      {"too few CPUs of the family",
       {{"google-machine-type", "n2-standard-4"}},
       set(Json{{"quotas", Json{{"N2_CPUS", 3}}}}),
       Level::problem,
       "quota N2_CPUS in us-central1"},
      {"too few CPUs in all regions",
       {{"google-machine-type", "n2-standard-4"}},
       set(Json{{"quotas", Json{{"CPUS_ALL_REGIONS", 3}}}}),
       Level::problem,
       "quota CPUS_ALL_REGIONS in all regions"},
      {"too few CPUs in all regions, for spot",
       {{"google-machine-type", "n2-standard-4"}, {"google-provisioning-model", "spot"}},
       set(Json{{"quotas", Json{{"CPUS_ALL_REGIONS", 3}}}}),
       Level::warning,
       "quota CPUS_ALL_REGIONS in all regions"},
      {"no accelerators in any region",
       {{"google-accelerator", "type=nvidia-tesla-t4,count=1"}},
       set(Json{{"quotas", Json{{"GPUS_ALL_REGIONS", 0}}}}),
       Level::problem,
       "quota GPUS_ALL_REGIONS in all regions"},
      {"too few instances",
       {},
       set(Json{{"quotas", Json{{"INSTANCES", 0}}}}),
       Level::problem,
       "quota INSTANCES in us-central1"},
      {"no such zone", {{"google-zone", "us-east1-z"}}, nothing, Level::problem, "zone us-east1-z"},
      {"one of two zones is none",
       {{"google-zone", "us-east1-b,us-east1-z"}},
       nothing,
       Level::problem,
       "zone us-east1-z"},
      {"no such machine type",
       {{"google-machine-type", "n9-standard-1"}},
       nothing,
       Level::problem,
       "machine type n9-standard-1 in us-central1-a"},
      {"no such image",
       {{"google-machine-image", "debian-cloud/global/images/none"}},
       nothing,
       Level::problem,
       "image debian-cloud/global/images/none"},
      {"deprecated image",
       {{"google-machine-image", "ubuntu-2204-jammy-v20220420"}},
       nothing,
       Level::warning,
       "image ubuntu-os-cloud/global/images/ubuntu-2204-jammy-v20220420"},
      {"obsolete image",
       {{"google-machine-image", "global/images/old"}},
       [](GoogleProject& cloud) {
         engine().make_it("add_image",
                          Json{{"name", "old"}, {"project", cloud.project}, {"state", "OBSOLETE"}});
       },
       Level::problem,
       "image test-"},
      {"image of another architecture",
       {{"google-machine-type", "t2a-standard-1"}},
       nothing,
       Level::problem,
       "image ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"},
      {"disk smaller than the image",
       {{"google-machine-image", "rocky-linux-9"}},
       nothing,
       Level::problem,
       "image rocky-linux-cloud/global/images"},
      {"no such disk type",
       {{"google-disk-type", "pd-golden"}},
       nothing,
       Level::problem,
       "disk type pd-golden in us-central1-a"},
      {"disk too small for its type",
       {{"google-disk-type", "pd-extreme"}},
       nothing,
       Level::problem,
       "disk type pd-extreme in us-central1-a"},
      {"no such accelerator",
       {{"google-accelerator", "count=1,type=abacus"}},
       nothing,
       Level::problem,
       "accelerator abacus in us-central1-a"},
      {"no such network",
       {{"google-network", "nowhere"}},
       nothing,
       Level::problem,
       "network nowhere"},
      {"a network without subnetworks of its own",
       {{"google-network", "own"}},
       [](GoogleProject& cloud) {
         engine().make_it("add_network",
                          Json{{"name", "own"}, {"auto", false}, {"project", cloud.project}});
       },
       Level::problem,
       "network own"},
      {"no such subnetwork",
       {{"google-subnetwork", "none"}},
       nothing,
       Level::problem,
       "subnetwork none in us-central1"},
      {"no way in for SSH", {}, nothing, Level::warning, "firewall port 22/tcp"},
      {"no way in for the engine",
       {{"google-skip-firewall-create", "true"}},
       nothing,
       Level::warning,
       "firewall port 2376/tcp"},
      {"no such address",
       {{"google-address", "front"}},
       nothing,
       Level::problem,
       "address front in us-central1"},
      {"nothing to adopt",
       {{"google-use-existing", "true"}},
       nothing,
       Level::problem,
       "instance m1 in us-central1-a"},
      {"the name is taken",
       {},
       [](GoogleProject& cloud) {
         engine().make_it(
             "add_instances",
             Json{{"names", std::vector{"m1"}}, {"address", nullptr}, {"project", cloud.project}});
       },
       Level::problem,
       "instance m1 in us-central1-a"},
      {"a file of the user's is missing",
       {{"google-userdata", "/nosuch"}},
       nothing,
       Level::problem,
       "names and files"},
      {"OS Login is on",
       {},
       [](GoogleProject& cloud) {
         engine().make_it("set_project_metadata",
                          Json{{"project", cloud.project}, {"enable_oslogin", "TRUE"}});
       },
       Level::warning,
       "OS Login"},
  };
  for (const Case& one : cases) {
    GoogleProject cloud;
    one.spoil(cloud);
    engine().forget_calls();
    const auto findings = cloud.machine("m1", one.flags)->examine({});
    INFO(one.what << "\n" << shown(findings));
    CHECK(has(findings, one.level, one.subject));
    check_nothing_made();
  }
}

TEST_CASE("without credentials nothing else is asked") {
  GoogleProject cloud;
  const std::string before = std::getenv("GOOGLE_APPLICATION_CREDENTIALS");
  setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nosuch.json", 1);
  const auto findings = cloud.machine("m1")->examine({});
  setenv("GOOGLE_APPLICATION_CREDENTIALS", before.c_str(), 1);
  CHECK(has(findings, Level::problem, "credentials"));
  CHECK(findings.size() == 2);
  CHECK(engine().calls("compute").empty());
}

TEST_CASE("a plan says what would be made, in order, with the candidates, and asks nobody") {
  GoogleProject cloud;
  const auto machine = cloud.machine("m1", {{"google-zone", "us-east1-b,us-east1-c"},
                                            {"google-provisioning-model", "spot"},
                                            {"google-fallback", "on-demand"}});
  CHECK(machine->plan() ==
        std::vector<std::string>{
            "firewall rule docker-machines in network default for 2376/tcp, where it is missing",
            "disk m1-disk: 10 GB, pd-standard, from "
            "ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64, deleted with the instance",
            "instance m1 in project " + cloud.project + ": us-east1-b, n1-standard-1, spot",
            "or, without capacity there: us-east1-c, n1-standard-1, spot",
            "or, without capacity there: us-east1-b, n1-standard-1, on demand",
            "or, without capacity there: us-east1-c, n1-standard-1, on demand"});
  CHECK(engine().calls("compute").empty());
}

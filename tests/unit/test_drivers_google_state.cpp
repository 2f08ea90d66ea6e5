// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/google/from_options.hpp"
#include "drivers/google/options.hpp"
#include "drivers/google/state.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace dmachine;
using namespace dmachine::google;

namespace {

using Flags = std::vector<std::pair<std::string, std::string>>;

StoredState from(const Flags& flags, const SwarmFacts& swarm = {false, "tcp://0.0.0.0:3376", ""}) {
  OptionValues values(options());
  values.set("google-project", "p", Origin::command_line);
  for (const auto& [flag, text] : flags) {
    values.set(flag, text, Origin::command_line);
  }
  return state_from_options({"m1", "/s"}, values, swarm);
}

}  // namespace

TEST_CASE("a new machine's object has the keys, order and types of the reference") {
  auto state = from({{"google-metadata", "a=b"}, {"google-label", "team:ci"}});
  state.pending.reset();
  CHECK(
      to_go_json_compact(to_json(state)) ==
      R"({"IPAddress":"","MachineName":"m1","SSHUser":"ubuntu","SSHPort":22,"SSHKeyPath":"",)"
      R"("StorePath":"/s","SwarmMaster":false,"SwarmHost":"tcp://0.0.0.0:3376","SwarmDiscovery":"",)"
      R"("Zone":"us-central1-a","MachineType":"n1-standard-1","MinCPUPlatform":"",)"
      R"("MachineImage":"ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",)"
      R"("DiskType":"pd-standard","Address":"","Network":"default","Subnetwork":"","Preemptible":false,)"
      R"("UseInternalIP":false,"UseInternalIPOnly":false,"ServiceAccount":"default",)"
      R"("Scopes":"https://www.googleapis.com/auth/devstorage.read_only,)"
      R"(https://www.googleapis.com/auth/logging.write,https://www.googleapis.com/auth/monitoring.write",)"
      R"("DiskSize":10,"Project":"p","Tags":"","UseExisting":false,"OpenPorts":null,)"
      R"("Labels":["team:ci"],"Metadata":{"a":"b"},"MetadataFromFile":{},"Accelerator":"",)"
      R"("MaintenancePolicy":"","SkipFirewall":false,"OperationBackoffFactory":)"
      R"({"InitialInterval":1000000000,"RandomizationFactor":0.5,"Multiplier":2,)"
      R"("MaxInterval":30000000000,"MaxElapsedTime":300000000000}})");
}

TEST_CASE("a create under way stands in the store until it is done") {
  auto state = from({});
  REQUIRE(state.pending);
  state.pending->request_id = "id";
  state.pending->sent_at = 7;
  state.pending->operation = "op";
  auto loaded = parse_state(to_json(state));
  REQUIRE(loaded.pending);
  CHECK(loaded.pending->request_id == "id");
  CHECK(loaded.pending->sent_at == 7);
  CHECK(loaded.pending->operation == "op");
  loaded.pending.reset();
  CHECK_FALSE(to_json(loaded).contains("PendingCreate"));
}

TEST_CASE(
    "with an existing instance the reference's defaults are stored, except for the firewall") {
  const auto state = from({{"google-use-existing", "true"},
                           {"google-machine-type", "e2-small"},
                           {"google-skip-firewall-create", "true"},
                           {"google-zone", "europe-north1-a"}});
  CHECK(state.zone == "europe-north1-a");
  CHECK(state.machine_type == "n1-standard-1");
  CHECK(state.skip_firewall);
  CHECK(to_json(state)["Metadata"].is_null());
}

TEST_CASE("a store of Docker Machine 0.16.2 loads with the defaults of what it lacks") {
  const auto state = parse_state(parse_json(
      R"({"MachineName":"m","Zone":"z-1-a","SSHUser":"","Project":"p","OpenPorts":null,"Labels":null})"));
  CHECK(state.backoff.max_elapsed_time == std::chrono::seconds(300));
  CHECK(state.disk_size == 10);
  CHECK_FALSE(state.pending);
  CHECK(state.base.ssh_user.empty());
}

TEST_CASE("labels are read and written in the forms of both forks") {
  const auto list = parse_state(parse_json(R"({"Labels":["a:1"]})"));
  CHECK(to_json(list)["Labels"].dump() == R"(["a:1"])");
  const auto text = parse_state(parse_json(R"({"Labels":"a,1,b,2"})"));
  CHECK(to_json(text)["Labels"] == "a,1,b,2");
  const auto both = from({{"google-label", "x:y"}, {"google-vm-labels", "a,1"}});
  CHECK(to_json(both)["Labels"].dump() == R"(["x:y","a:1"])");
}

TEST_CASE("keys of newer forks survive") {
  const auto object = to_json(parse_state(
      parse_json(R"({"ResolvedZone":"us-east1-b","BulkInsert":true,"InstanceGroupManager":"g"})")));
  CHECK(object["ResolvedZone"] == "us-east1-b");
  CHECK(object["BulkInsert"] == true);
  CHECK(object["InstanceGroupManager"] == "g");
}

TEST_CASE("wrong types in a stored object are named in Go's words") {
  CHECK_THROWS_WITH(
      parse_state(parse_json(R"({"DiskSize":"10"})")),
      "json: cannot unmarshal string into Go struct field Driver.DiskSize of type int");
  CHECK_THROWS_AS(parse_state(parse_json(R"({"Metadata":[]})")), Error);
  CHECK_THROWS_AS(parse_state(parse_json(R"({"OperationBackoffFactory":{"Multiplier":"2"}})")),
                  Error);
}

TEST_CASE("what Compute Engine is sure to refuse is refused before anything is asked") {
  OptionValues none(options());
  CHECK_THROWS_WITH(state_from_options({"m1", "/s"}, none, {}),
                    "no Google Cloud Project name specified (--google-project)");
  const std::vector<std::pair<Flags, std::string>> cases{
      {{{"google-project", "a/b"}}, "--google-project"},
      {{{"google-zone", "europe"}}, "expected a zone such as us-central1-a"},
      {{{"google-machine-type", "zones/z/machineTypes/t"}}, "--google-machine-type"},
      {{{"google-machine-image", "p/x/y/z"}}, "--google-machine-image: \"p/x/y/z\" names no image"},
      {{{"google-username", "rob@example.com"}}, "--google-username"},
      {{{"google-disk-size", "0"}}, "google-disk-size must be >= 1, got 0"},
      {{{"google-disk-type", ""}}, "--google-disk-type"},
      {{{"google-provisioned-iops", "-1"}}, "google-provisioned-iops must be >= 0, got -1"},
      {{{"google-provisioned-throughput", "-2"}},
       "google-provisioned-throughput must be >= 0, got -2"},
      {{{"google-address", "Not An Address"}}, "--google-address"},
      {{{"google-address", "198.51.100.1"}, {"google-use-internal-ip-only", "true"}},
       "exclude each other"},
      {{{"google-tags", "ok,Not_OK"}}, "invalid value \"Not_OK\" for --google-tags"},
      {{{"google-label", "A:b"}}, "--google-label: \"A\" is no label key"},
      {{{"google-vm-labels", "a"}}, "--google-vm-labels"},
      {{{"google-metadata", "a b=c"}}, "--google-metadata: \"a b\" is no metadata key"},
      {{{"google-metadata", "k=1"}, {"google-metadata-from-file", "k=/x"}},
       "the metadata key \"k\" is given by both"},
      {{{"google-userdata", "/x"}, {"google-metadata", "user-data=1"}},
       "\"user-data\" is given twice"},
      {{{"google-open-port", "x"}}, "--google-open-port: \"x\" is no port"},
      {{{"google-accelerator", "gpu"}},
       "Invalid accelerator defined \"gpu\", should be count=N,type=type"},
      {{{"google-external-firewall-rule-prefix", std::string(50, 'a')}}, "at most 40"},
      {{{"google-operation-backoff-randomization-factor", "x"}},
       "error while parsing google-operation-backoff-randomization-factor value: "
       "strconv.ParseFloat: parsing \"x\": "
       "invalid syntax"},
      {{{"google-operation-backoff-multipler", "0.5"}},
       "error while parsing google-operation-backoff-multipler value: "},
      {{{"google-operation-backoff-multipler", "0x10"}}, "invalid syntax"},
      {{{"google-operation-backoff-max-interval", "-1"}},
       "google-operation-backoff-max-interval must be >= 0, got -1"},
  };
  for (const auto& [flags, text] : cases) {
    INFO(flags[0].first << " " << flags[0].second);
    CHECK_THROWS_WITH(from(flags), ContainsSubstring(text));
  }
  CHECK_THROWS_WITH(from({}, {true, "tcp://0.0.0.0", ""}),
                    StartsWith("error authorizing port for swarm: "));
}

TEST_CASE("a value from a variable is named with it") {
  OptionValues values(options());
  values.set("google-project", "p", Origin::command_line);
  values.set("google-zone", "x", Origin::environment);
  CHECK_THROWS_WITH(state_from_options({"m", "/s"}, values, {}),
                    "invalid value \"x\" for --google-zone (from GOOGLE_ZONE): expected a zone "
                    "such as us-central1-a");
}

TEST_CASE("values that look odd but are right pass") {
  const auto state = from({{"google-network", "projects/host/global/networks/shared"},
                           {"google-subnetwork", "projects/host/regions/r/subnetworks/s"},
                           {"google-address", "2600:1900::1"},
                           {"google-machine-type", "custom-4-8192"},
                           {"google-scopes", ""},
                           {"google-tags", " a , b,"},
                           {"google-operation-backoff-multipler", "1.5"},
                           {"google-use-internal-ip", "1"}});
  CHECK(state.use_internal_ip);
  CHECK(state.backoff.multiplier == 1.5);
  CHECK(state.network == "projects/host/global/networks/shared");
}

TEST_CASE("credentials are marked as secret and stay out of messages") {
  CHECK(find_option(options(), "google-auth-encoded-json")->secret);
  const auto state = from({{"google-auth-encoded-json", "hunter2"}});
  CHECK(fmt::format("{}", state.auth) == "[redacted]");
  CHECK(to_json(state)["Auth"] == "hunter2");
}

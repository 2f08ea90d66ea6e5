// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/google/flex.hpp"
#include "drivers/google/image.hpp"
#include "drivers/google/instance.hpp"
#include "drivers/google/metadata.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/operations.hpp"
#include "drivers/google/values.hpp"
#include "tests/support/catch.hpp"

#include <string>

using namespace dmachine;
using namespace dmachine::google;

TEST_CASE("names follow Compute Engine's rule") {
  for (const std::string& good :
       std::vector<std::string>{"a", "a1", "runner-x-1547127830-ff96bcf6", std::string(63, 'a')}) {
    CHECK(is_name(good));
  }
  for (const std::string& bad :
       std::vector<std::string>{"", "A", "1a", "a-", "-a", "a.b", "a_b", std::string(64, 'a')}) {
    CHECK_FALSE(is_name(bad));
  }
}

TEST_CASE("a zone's region ends at the last dash, also where zones end in more than a letter") {
  CHECK(is_zone("us-central1-a"));
  CHECK(is_zone("us-central1-ai1a"));
  for (const auto* bad : {"", "us-central1", "a", "us-central1-", "zones/us-central1-a",
                          "us-central1-a,us-central1-b"}) {
    CHECK_FALSE(is_zone(bad));
  }
  CHECK(region_of("us-central1-a") == "us-central1");
  CHECK(region_of("us-central1-ai1a") == "us-central1");
}

TEST_CASE("projects may carry a domain or be a number") {
  CHECK(is_project("my-project-1"));
  CHECK(is_project("123456789012"));
  CHECK(is_project("example.com:my-project"));
  for (const auto* bad : {"", "a/b", "A", "a b", ":a", "a?x"}) {
    CHECK_FALSE(is_project(bad));
  }
}

TEST_CASE("images are taken in every form that names one") {
  const std::string family = "ubuntu-os-cloud/global/images/family/ubuntu-2204-lts";
  const std::string dated = "ubuntu-os-cloud/global/images/ubuntu-2004-focal-v20210510";
  CHECK(normalise_image(family, "p") == family);
  CHECK(normalise_image(dated, "p") == dated);
  CHECK(normalise_image("https://www.googleapis.com/compute/v1/projects/" + dated, "p") == dated);
  CHECK(normalise_image("https://compute.googleapis.com/compute/v1/projects/" + family, "p") ==
        family);
  CHECK(normalise_image("projects/" + family, "p") == family);
  CHECK(normalise_image("ubuntu-2204-lts", "p") == family);
  CHECK(normalise_image("ubuntu-2004-focal-v20210510", "p") == dated);
  CHECK(normalise_image("ubuntu-os-cloud/ubuntu-2204-lts", "p") == family);
  CHECK(normalise_image("debian-12", "p") == "debian-cloud/global/images/family/debian-12");
  CHECK(normalise_image("cos-121-lts", "p") == "cos-cloud/global/images/family/cos-121-lts");
  CHECK(normalise_image("cos-121-18867-199-52", "p") ==
        "cos-cloud/global/images/cos-121-18867-199-52");
  CHECK(normalise_image("cos-stable", "p") == "cos-cloud/global/images/family/cos-stable");
  CHECK(normalise_image("fedora-coreos-42-20250803-3-0-gcp-x86-64", "p") ==
        "fedora-coreos-cloud/global/images/fedora-coreos-42-20250803-3-0-gcp-x86-64");
  CHECK(normalise_image("golden", "p") == "p/global/images/golden");
  CHECK(normalise_image("family/golden", "p") == "p/global/images/family/golden");
  CHECK(normalise_image("global/images/golden", "p") == "p/global/images/golden");
  CHECK(normalise_image("example.com:q/global/images/golden", "p") ==
        "example.com:q/global/images/golden");
  for (const auto* bad : {"", "p/global/image/x", "p/global/images/", "https://example.com/x",
                          "a b", "p/zones/z/disks/d", "p/global/images/family/"}) {
    INFO(bad);
    CHECK_THROWS_AS(normalise_image(bad, "p"), Error);
  }
}

TEST_CASE("labels are taken in the forms of both forks") {
  CHECK(parse_labels({" team : ci ", "solo", "url:a-b_c"}) ==
        MetadataMap{{"team", "ci"}, {"solo", ""}, {"url", "a-b_c"}});
  CHECK(parse_vm_labels("a,1,b,2") == MetadataMap{{"a", "1"}, {"b", "2"}});
  CHECK(parse_vm_labels("").empty());
  CHECK_THROWS_WITH(parse_labels({"Team:ci"}), ContainsSubstring("\"Team\" is no label key"));
  CHECK_THROWS_WITH(parse_labels({"team:CI"}), ContainsSubstring("\"CI\" is no label value"));
  CHECK_THROWS_AS(parse_labels({"a:" + std::string(64, 'x')}), Error);
  CHECK_THROWS_WITH(parse_vm_labels("a,1,b"), ContainsSubstring("in pairs"));
}

TEST_CASE("metadata keys are checked, and their values never shown") {
  const auto parsed = parse_metadata({"a=1=2", "nothing", "b="});
  CHECK(parsed.map == MetadataMap{{"a", "1=2"}, {"b", ""}});
  CHECK(parsed.without_equals == 1);
  try {
    parse_metadata({"bad key=hunter2"});
    FAIL("no exception");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("accelerators") {
  CHECK_FALSE(parse_accelerator(""));
  CHECK_FALSE(parse_accelerator("count=0,type=nvidia-tesla-t4"));
  CHECK(parse_accelerator("type=nvidia-tesla-t4")->count == 1);
  CHECK(parse_accelerator("type=nvidia-l4, count=2")->count == 2);
  for (const auto* bad : {"nvidia-l4", "count=x,type=t", "count=-1,type=t", "count=1", "kind=t"}) {
    CHECK_THROWS_WITH(parse_accelerator(bad),
                      StartsWith("Invalid accelerator defined \"" + std::string(bad) +
                                 "\", should be count=N,type=type"));
  }
}

TEST_CASE("ports") {
  CHECK(parse_port("8080") == Port{"8080", "tcp"});
  CHECK(parse_port("53/UDP") == Port{"53", "udp"});
  CHECK(parse_port("100-200/tcp") == Port{"100-200", "tcp"});
  for (const auto* bad : {"", "x", "70000", "2-1", "1-", "80/icmp", "80/tcp/udp"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_port(bad), Error);
  }
  CHECK(parse_swarm_port("tcp://0.0.0.0:3376") == Port{"3376", "tcp"});
  CHECK_THROWS_WITH(parse_swarm_port("tcp://0.0.0.0"),
                    StartsWith("error authorizing port for swarm: "));
}

TEST_CASE("our key goes to the end of ssh-keys, and only an older one of ours leaves") {
  CHECK(with_ssh_key("", "u", "ssh-rsa AAAA\n") == "u:ssh-rsa AAAA u\n");
  CHECK(with_ssh_key("u:ssh-rsa OLD u\nu:ssh-rsa HIS u@home\nv:ssh-rsa V v", "u", "ssh-rsa NEW") ==
        "u:ssh-rsa HIS u@home\nv:ssh-rsa V v\nu:ssh-rsa NEW u\n");
}

TEST_CASE("instances of Container-Optimized OS bring back at boot what the provisioner left") {
  google::StoredState state;
  const auto script = [&] {
    const auto map = google::instance_metadata(state, "ssh-rsa k");
    const auto found = map.find("startup-script");
    return found == map.end() ? std::string("(none)") : found->second;
  };
  for (const char* image :
       {"cos-cloud/global/images/family/cos-stable", "ours/global/images/cos-121-with-tools"}) {
    state.machine_image = image;
    CHECK_THAT(script(),
               StartsWith("#!/bin/sh\n") && ContainsSubstring("/var/lib/dmachine/boot.sh"));
  }
  state.machine_image = "ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64";
  CHECK(script() == "(none)");
  state.machine_image = "cos-cloud/global/images/family/cos-stable";
  state.metadata = google::MetadataMap{{"startup-script", "#!/bin/sh\nmine"}};
  CHECK(script() == "#!/bin/sh\nmine");
  state.metadata = google::MetadataMap{{"startup-script-url", "gs://b/o"}};
  CHECK(script() == "(none)");
}

TEST_CASE("metadata items are replaced by key") {
  const Json items =
      Json::array({Json{{"key", "a"}, {"value", "1"}}, Json{{"key", "b"}, {"value", "2"}}});
  CHECK(with_item(items, "b", "3").dump() ==
        R"([{"key":"a","value":"1"},{"key":"b","value":"3"}])");
  CHECK(with_item(items, "c", "3").size() == 3);
}

TEST_CASE("every status has a state, and one that we do not know is no absence") {
  CHECK(state_of("PROVISIONING") == State::starting);
  CHECK(state_of("STAGING") == State::starting);
  CHECK(state_of("RUNNING") == State::running);
  CHECK(state_of("STOPPING") == State::stopping);
  CHECK(state_of("TERMINATED") == State::stopped);
  CHECK(state_of("SUSPENDED") == State::saved);
  CHECK(state_of("REPAIRING") == State::error);
  CHECK(state_of("SOMETHING_NEW") == State::error);
}

TEST_CASE("an instance without interfaces, access configs or tags has empty fields") {
  CHECK(parse_instance(Json::object()).external_ip.empty());
  const auto instance = parse_instance(parse_json(
      R"({"status":"RUNNING","networkInterfaces":[{"networkIP":"10.0.0.2","accessConfigs":[]}],"metadata":{"fingerprint":"f"}})"));
  CHECK(instance.internal_ip == "10.0.0.2");
  CHECK(instance.external_ip.empty());
  CHECK(instance.metadata_fingerprint == "f");
  CHECK(instance.metadata("x").empty());
}

TEST_CASE("pauses between looks at an operation grow to their cap and are spread") {
  OperationBackoff backoff;
  CHECK(operation_pause(backoff, 0, 0.5) == Duration(1000));
  CHECK(operation_pause(backoff, 0, 0.0) == Duration(500));
  CHECK(operation_pause(backoff, 1, 0.5) == Duration(2000));
  CHECK(operation_pause(backoff, 60, 0.5) == Duration(30000));
  backoff.initial_interval = {};
  backoff.multiplier = -3;
  backoff.max_interval = {};
  CHECK(operation_pause(backoff, 1000, 0.0) == Duration(50));
}

TEST_CASE("durations are read as Go reads them") {
  using namespace std::chrono_literals;
  const std::vector<std::pair<std::string, std::chrono::nanoseconds>> good{
      {"0", 0s},        {"0s", 0s},       {"5m0s", 5min}, {"1h30m", 90min},
      {"250ms", 250ms}, {"1.5s", 1500ms}, {"10us", 10us}, {"3ns", 3ns}};
  for (const auto& [text, length] : good) {
    INFO(text);
    CHECK(parse_go_duration(text) == length);
  }
  for (const auto* text : {"", "5", "s", "-5s", "5 s", "1.2.3s", "5x", ".s", "99999999h"}) {
    INFO(text);
    CHECK_FALSE(parse_go_duration(text));
  }
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

const GoogleMachine::Flags by_metadata{
    {"google-cos-tls-via-metadata", "true"},
    {"google-machine-image", "cos-cloud/global/images/family/f"}};

BootMaterial material() {
  return {"CA", "CERT", Secret("KEY"), "DROP-IN", "SCRIPT"};
}

std::string metadata(std::initializer_list<const char*> keys) {
  Json reply = parse_json(instance("RUNNING"));
  Json items = Json::array();
  for (const char* key : keys) {
    items.push_back(Json{{"key", key}, {"value", "v"}});
  }
  reply["metadata"]["items"] = std::move(items);
  return reply.dump();
}

}  // namespace

TEST_CASE("certificates go into the metadata in one request, beside what is there") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, by_metadata);
  CHECK(machine->provisions_itself());
  cloud.expect("GET", url(instance_url)).reply(200, metadata({"ssh-keys"}));
  cloud.expect("POST", changing(instance_url + "/setMetadata"))
      .any_body()
      .reply(412, refusal(412, "M", "conditionNotMet"));
  cloud.expect("GET", url(instance_url)).reply(200, metadata({"ssh-keys", "of-another"}));
  cloud.expect("POST", changing(instance_url + "/setMetadata"))
      .json(R"({"fingerprint":"mf","items":[{"key":"ssh-keys","value":"v"},
                {"key":"of-another","value":"v"},{"key":"gitlab-docker-tls-ca","value":"CA"},
                {"key":"gitlab-docker-tls-cert","value":"CERT"},
                {"key":"gitlab-docker-daemon-dropin","value":"DROP-IN"},
                {"key":"dmachine-boot-script","value":"SCRIPT"},
                {"key":"gitlab-docker-tls-key","value":"KEY"}]})")
      .reply(200, operation("md"));
  machine->hand_over({}, material());
}

TEST_CASE("the key alone is taken back") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, by_metadata);
  cloud.expect("GET", url(instance_url))
      .reply(200, metadata({"gitlab-docker-tls-cert", "gitlab-docker-tls-key", "ssh-keys"}));
  cloud.expect("POST", changing(instance_url + "/setMetadata"))
      .json(R"({"fingerprint":"mf","items":[{"key":"gitlab-docker-tls-cert","value":"v"},
                {"key":"ssh-keys","value":"v"}]})")
      .reply(200, operation("md"));
  machine->take_back({});
}

TEST_CASE("a key that the user's own scripts may read at each boot stays") {
  for (const char* key : {"startup-script=x", "user-data=x", "startup-script-url=gs://x"}) {
    MemoryTransport cloud;
    auto flags = by_metadata;
    flags.emplace_back("google-metadata", key);
    GoogleMachine machine(cloud, flags);
    machine->take_back({});  // no request
  }
}

TEST_CASE("an instance that is gone takes nothing") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, by_metadata);
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  CHECK_THROWS_WITH(machine->hand_over({}, material()), "the instance m1 is gone");
}

TEST_CASE("options of newer forks are kept in the store only where they say something") {
  MemoryTransport cloud;
  GoogleMachine plain(cloud);
  for (const char* key :
       {"NoServiceAccount", "COSDockerNetworkReadinessGate", "COSDockerNetworkReadinessURL",
        "COSWaitForCloudInit", "COSTLSViaMetadata"}) {
    CHECK_FALSE(plain->to_json().contains(key));
  }
  CHECK_FALSE(plain->provisions_itself());
  GoogleMachine machine(cloud,
                        {{"google-no-service-account", "true"},
                         {"google-cos-docker-network-readiness-gate", "true"},
                         {"google-cos-docker-network-readiness-url", "https://r.example/v2/"},
                         {"google-cos-wait-for-cloud-init", "true"},
                         {"google-cos-tls-via-metadata", "true"}});
  const auto again = google::to_json(google::parse_state(machine->to_json()));
  CHECK(again == machine->to_json());
  CHECK(again["NoServiceAccount"] == true);
  CHECK(again["COSDockerNetworkReadinessURL"] == "https://r.example/v2/");
  CHECK(again["COSTLSViaMetadata"] == true);
}

TEST_CASE("values that cannot be had are refused before any request") {
  MemoryTransport cloud;
  for (const char* text :
       {"registry.example.com", "ftp://x/", "https://", "http:///x", "https://a b"}) {
    INFO(text);
    CHECK_THROWS_WITH(GoogleMachine(cloud, {{"google-cos-docker-network-readiness-url", text}}),
                      ContainsSubstring("--google-cos-docker-network-readiness-url"));
  }
  CHECK_THROWS_WITH(GoogleMachine(cloud, {{"google-cos-tls-via-metadata", "true"},
                                          {"google-use-existing", "true"}}),
                    ContainsSubstring("exclude each other"));
}

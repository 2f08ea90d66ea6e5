// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

std::string labelled(const Json& labels, const std::string& fingerprint) {
  Json reply = parse_json(instance("RUNNING"));
  reply["labels"] = labels;
  reply["labelFingerprint"] = fingerprint;
  return reply.dump();
}

}  // namespace

TEST_CASE("labels are merged, and again when somebody else was quicker") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  cloud.expect("GET", url(instance_url))
      .reply(200, labelled({{"a", "1"}, {"dmachine-machine", "m1"}}, "f1"));
  cloud.expect("POST", changing(instance_url + "/setLabels"))
      .json(R"({"labelFingerprint":"f1","labels":{"a":"2","b":"","dmachine-machine":"m1"}})")
      .reply(412, refusal(412, "M", "conditionNotMet"));
  cloud.expect("GET", url(instance_url)).reply(200, labelled({{"a", "1"}, {"c", "3"}}, "f2"));
  cloud.expect("POST", changing(instance_url + "/setLabels"))
      .json(R"({"labelFingerprint":"f2","labels":{"a":"2","b":"","c":"3"}})")
      .reply(200, operation("labels"));
  machine->update_labels({}, {{"a", "2"}, {"b", ""}});

  // What is so already needs no request.
  cloud.expect("GET", url(instance_url)).reply(200, labelled({{"a", "2"}}, "f3"));
  machine->update_labels({}, {{"a", "2"}});
}

TEST_CASE("labels that Google would refuse are refused before it is asked") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  for (const auto& [key, value] : std::map<std::string, std::string>{
           {"A", "b"}, {"1a", "b"}, {"a", "B"}, {"a b", ""}, {std::string(64, 'a'), ""}}) {
    CHECK_THROWS_WITH((machine->update_labels({}, {{key, value}})),
                      ContainsSubstring("is none that Google takes"));
  }
}

TEST_CASE("an instance that is gone has no labels to change") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  CHECK_THROWS_WITH((machine->update_labels({}, {{"a", "b"}})),
                    StartsWith("unable to find instance \"m1\""));
}

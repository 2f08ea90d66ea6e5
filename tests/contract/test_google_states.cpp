// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"
#include "tests/contract/google_fixture.hpp"

#include <memory>

using namespace dmachine;
using namespace dmachine::test;

namespace {

const std::string instance_fields =
    "items(name,status,networkInterfaces(networkIP,accessConfigs/natIP)),nextPageToken,warning";
const std::string disk_fields = "items/name,nextPageToken,warning";

std::string list_url(const std::string& place, const std::string& kind,
                     const std::string& filter = "", const std::string& page = "") {
  return url(place + "/" + kind) +
         "&maxResults=500&fields=" + url_encode(kind == "disks" ? disk_fields : instance_fields) +
         (filter.empty() ? "" : "&filter=" + url_encode(filter)) +
         (page.empty() ? "" : "&pageToken=" + page);
}

std::string item(const std::string& name, const std::string& status,
                 const std::string& address = "") {
  Json interface {
    { "networkIP", "10.0.0.9" }
  };
  if (!address.empty()) {
    interface["accessConfigs"] = Json::array({Json{{"natIP", address}}});
  }
  return Json{{"name", name}, {"status", status}, {"networkInterfaces", Json::array({interface})}}
      .dump();
}

/// Machines of one transport, with flags of their own.
class Fleet {
 public:
  explicit Fleet(cloud::Transport& cloud) : cloud_(cloud) {}
  void add(const std::string& name, const GoogleMachine::Flags& flags = {}) {
    machines_.push_back(std::make_unique<GoogleMachine>(cloud_, flags, name));
  }
  std::vector<StateAnswer> states(const Context& ctx = {}) {
    std::vector<Driver*> drivers;
    for (const auto& machine : machines_) {
      drivers.push_back(&**machine);
    }
    return google::type.states(ctx, drivers);
  }

 private:
  cloud::Transport& cloud_;
  std::vector<std::unique_ptr<GoogleMachine>> machines_;
};

std::string absent(const std::string& name) {
  return "The resource 'projects/p/zones/us-central1-a/instances/" + name + "' was not found";
}

}  // namespace

TEST_CASE("one list tells states and addresses, and one more which of the missing left a disk") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  for (const std::string name : {"m1", "m2", "m3", "m4", "m5"}) {
    fleet.add(name);
  }
  cloud
      .expect("GET", list_url(zone, "instances",
                              R"((name = "m1") OR (name = "m2") OR (name = "m3") OR )"
                              R"((name = "m4") OR (name = "m5"))"))
      .reply(200, R"({"items":[)" + item("m1", "RUNNING", "198.51.100.7") + "," +
                      item("m2", "TERMINATED") + "," + item("m5", "RUNNING") + "]}");
  cloud.expect("GET", list_url(zone, "disks", R"((name = "m3-disk") OR (name = "m4-disk"))"))
      .reply(200, R"({"items":[{"name":"m4-disk"}]})");
  const auto answers = fleet.states();
  REQUIRE(answers.size() == 5);
  CHECK(answers[0].state == State::running);
  CHECK(answers[0].address == "198.51.100.7");
  CHECK(answers[0].error.empty());
  CHECK(answers[1].state == State::stopped);
  CHECK(answers[1].address == "");
  CHECK(answers[2].state == State::none);
  CHECK(answers[2].error == absent("m3"));
  CHECK_FALSE(answers[2].address);
  CHECK(answers[3].state == State::stopped);
  CHECK(answers[3].error == absent("m4"));
  CHECK(answers[4].state == State::running);
  CHECK(answers[4].address == "");
}

TEST_CASE("many machines are listed without a filter, page by page") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  for (int i = 0; i < 101; ++i) {
    fleet.add("m" + std::to_string(i));
  }
  std::string first;
  for (int i = 0; i < 60; ++i) {
    first += item("m" + std::to_string(i), "RUNNING", "198.51.100.7") + ",";
  }
  std::string second;
  for (int i = 60; i < 101; ++i) {
    second += item("m" + std::to_string(i), "STOPPING") + ",";
  }
  cloud.expect("GET", list_url(zone, "instances"))
      .reply(200,
             R"({"items":[)" + first + item("other", "RUNNING") + R"(],"nextPageToken":"t2"})");
  cloud.expect("GET", list_url(zone, "instances", "", "t2"))
      .reply(200, R"({"items":[)" + second + item("another", "RUNNING") + "]}");
  const auto answers = fleet.states();
  REQUIRE(answers.size() == 101);
  CHECK(answers[59].state == State::running);
  CHECK(answers[60].state == State::stopping);
  CHECK(answers[100].state == State::stopping);
}

TEST_CASE("each zone is a list of its own, and fails alone") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("m1");
  fleet.add("m2", {{"google-zone", "europe-west1-b"}});
  fleet.add("m3");
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1") OR (name = "m3"))"))
      .reply(503, refusal(503, "Backend Error", "backendError"));
  cloud.expect("GET", list_url("/zones/europe-west1-b", "instances", R"((name = "m2"))"))
      .reply(200, R"({"items":[)" + item("m2", "RUNNING", "198.51.100.8") + "]}");
  const auto answers = fleet.states();
  for (const std::size_t i : {0U, 2U}) {
    CHECK(answers[i].state == State::error);
    CHECK(answers[i].error == "Backend Error");
  }
  CHECK(answers[1].state == State::running);
}

TEST_CASE("who may not list asks for each machine") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("m1");
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1"))"))
      .reply(403, refusal(403, "no", "forbidden"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  const auto running = fleet.states();
  CHECK(running[0].state == State::running);
  CHECK(running[0].address == "198.51.100.7");

  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1"))")).reply(200, "{}");
  cloud.expect("GET", list_url(zone, "disks", R"((name = "m1-disk"))"))
      .reply(403, refusal(403, "no", "forbidden"));
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(disk_url)).reply(403, refusal(403, "no disks for you", "forbidden"));
  const auto unknown = fleet.states();
  CHECK(unknown[0].state == State::error);
  CHECK(unknown[0].error == "no disks for you");
}

TEST_CASE("a quota of requests is no reason to send more of them") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("m1");
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1"))"))
      .reply(403, refusal(403, "Quota exceeded", "rateLimitExceeded"));
  const auto answers = fleet.states();
  CHECK(answers[0].state == State::error);
  CHECK(answers[0].error == "Quota exceeded");
}

TEST_CASE("what a list that is not whole does not show is not gone") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("m1");
  fleet.add("m2");
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1") OR (name = "m2"))"))
      .reply(200, R"({"items":[)" + item("m2", "RUNNING", "198.51.100.8") +
                      R"(],"warning":{"code":"UNREACHABLE","message":"zone is down"}})");
  const auto answers = fleet.states();
  CHECK(answers[0].state == State::error);
  CHECK(answers[0].error == "zone is down (UNREACHABLE)");
  CHECK(answers[1].state == State::running);
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1") OR (name = "m2"))"))
      .reply(200, R"({"warning":{"code":"NO_RESULTS_ON_PAGE","message":"nothing"}})");
  cloud.expect("GET", list_url(zone, "disks", R"((name = "m1-disk") OR (name = "m2-disk"))"))
      .reply(200, R"({"warning":{"code":"UNREACHABLE","message":"zone is down"}})");
  CHECK(fleet.states()[0].state == State::error);
}

TEST_CASE("names that no instance can have are not asked for") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("Old.Name");
  const auto answers = fleet.states();
  CHECK(answers[0].state == State::none);
  CHECK(answers[0].error == absent("Old.Name"));
}

TEST_CASE("a project that is not there holds no machine") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("m1");
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1"))"))
      .reply(404, refusal(404, "The resource 'projects/p' was not found", "notFound"));
  cloud.expect("GET", list_url(zone, "disks", R"((name = "m1-disk"))"))
      .reply(404, refusal(404, "The resource 'projects/p' was not found", "notFound"));
  CHECK(fleet.states()[0].state == State::none);
}

TEST_CASE("one item that no API would send spoils its own machine only") {
  MemoryTransport cloud;
  Fleet fleet(cloud);
  fleet.add("m1");
  fleet.add("m2");
  cloud.expect("GET", list_url(zone, "instances", R"((name = "m1") OR (name = "m2"))"))
      .reply(200,
             R"({"items":[{"name":"m1","status":7},)" + item("m2", "RUNNING", "192.0.2.1") + "]}");
  const auto answers = fleet.states();
  CHECK(answers[0].state == State::error);
  CHECK(answers[1].address == "192.0.2.1");
}

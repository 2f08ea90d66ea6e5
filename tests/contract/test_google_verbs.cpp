// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// From here on the machine is one whose create has come to its end.
void forget_create(GoogleMachine& machine) {
  Json state = machine->to_json();
  state.erase("PendingCreate");
  machine.open(google::parse_state(state));
}

}  // namespace

TEST_CASE("only the API's own word is an absence") {
  struct Case {
    int status;
    std::string body;
    int disk_status;
    std::optional<State> state;
  };
  const std::vector<Case> cases{
      {200, instance("RUNNING"), 0, State::running},
      {200, instance("TERMINATED"), 0, State::stopped},
      {404, not_found(instance_url), 404, State::none},
      {404, not_found(instance_url), 200, State::stopped},
      {404, not_found(instance_url), 403, std::nullopt},
      {403, refusal(403, "M", "forbidden"), 0, std::nullopt},
      {429, refusal(429, "M", "rateLimitExceeded"), 0, std::nullopt},
      {503, refusal(503, "M", "backendError"), 0, std::nullopt},
      {400, refusal(400, "M", "invalid"), 0, std::nullopt},
      {200, "<html>", 0, std::nullopt},
  };
  for (const auto& one : cases) {
    INFO(one.status << " " << one.disk_status);
    MemoryTransport cloud;
    GoogleMachine machine(cloud);
    cloud.expect("GET", url(instance_url)).reply(one.status, one.body);
    if (one.disk_status != 0) {
      cloud.expect("GET", url(disk_url))
          .reply(one.disk_status,
                 one.disk_status == 200 ? "{}" : refusal(one.disk_status, "M", "x"));
    }
    if (one.state) {
      CHECK(machine->state({}) == *one.state);
    } else {
      CHECK_THROWS_AS(machine->state({}), Error);
    }
  }
}

TEST_CASE("the address is asked for, and what was known serves when nobody may ask") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  CHECK_FALSE(machine->stored_address());
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  CHECK(machine->address({}) == "198.51.100.7");
  CHECK(machine->stored_address() == "198.51.100.7");
  CHECK(machine->to_json()["IPAddress"] == "198.51.100.7");
  cloud.expect("GET", url(instance_url)).reply(503, refusal(503, "M", "backendError"));
  CHECK(machine->address({}) == "198.51.100.7");
  cloud.expect("GET", url(instance_url)).fail(Errc::unavailable, "unreachable", false);
  CHECK(machine->address({}) == "198.51.100.7");
  cloud.expect("GET", url(instance_url))
      .reply(200, R"({"status":"TERMINATED","networkInterfaces":[{"networkIP":"10.0.0.2"}]})");
  CHECK_THROWS_WITH(machine->address({}), "Host is not running");
  CHECK_FALSE(machine->stored_address());
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  CHECK_THROWS_WITH(machine->address({}),
                    "The resource 'projects/p/zones/us-central1-a/instances/m1' was not found");
  cloud.expect("GET", url(instance_url)).reply(403, refusal(403, "not yours", "forbidden"));
  CHECK_THROWS_WITH(machine->address({}), "not yours");
}

TEST_CASE("with --google-use-internal-ip the internal address counts") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-use-internal-ip", "true"}});
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  CHECK(machine->address({}) == "10.0.0.2");
}

TEST_CASE("stop waits for the operation and forgets the address") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-operation-backoff-initial-interval", "0"}});
  cloud.expect("POST", changing(instance_url + "/stop")).reply(200, operation("op", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/op/wait")).reply(200, operation("op", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/op/wait")).reply(200, operation("op"));
  machine->stop({});
  CHECK_FALSE(machine->stored_address());
  cloud.expect("POST", changing(instance_url + "/stop")).reply(200, operation("op"));
  machine->kill({});
}

TEST_CASE("start starts, resumes what is suspended, and learns the new address") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  cloud.expect("GET", url(instance_url)).reply(200, R"({"status":"TERMINATED"})");
  cloud.expect("POST", changing(instance_url + "/start")).reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine->start({});
  CHECK(machine->stored_address() == "198.51.100.7");
  cloud.expect("GET", url(instance_url)).reply(200, R"({"status":"SUSPENDED"})");
  cloud.expect("POST", changing(instance_url + "/resume")).reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine->start({});
}

TEST_CASE("start makes a vanished instance anew on its old disk, without touching the firewall") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  forget_create(machine);
  std::vector<Json> saved;
  machine->set_checkpoint([&] { saved.push_back(machine->to_json()); });
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(disk_url)).reply(200, "{}");
  cloud.expect("POST", changing(zone + "/instances"))
      .any_body()
      .check([&](const cloud::HttpRequest& request) {
        CHECK_THAT(request.body,
                   ContainsSubstring("\"source\":\"https://www.googleapis.com/compute/v1/projects/"
                                     "p/zones/us-central1-a/disks/m1-disk\""));
        // On disk before the request leaves. The disk is the machine's own.
        REQUIRE(saved.size() == 1);
        CHECK_FALSE(saved[0]["PendingCreate"]["InsertRequestID"].get<std::string>().empty());
        CHECK(saved[0]["PendingCreate"]["DiskWasThere"] == false);
      })
      .reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine->start({});
  REQUIRE(saved.size() == 2);
  CHECK(saved[1]["PendingCreate"]["InsertOperation"] == "op");
  CHECK_FALSE(machine->to_json().contains("PendingCreate"));
}

TEST_CASE("a start that could not make the instance anew leaves the machine its disk") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  forget_create(machine);
  std::vector<Json> saved;
  machine->set_checkpoint([&] { saved.push_back(machine->to_json()); });
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(disk_url)).reply(200, "{}");
  cloud.expect("POST", changing(zone + "/instances"))
      .any_body()
      .reply(403, refusal(403, "M", "quotaExceeded"));
  CHECK_THROWS_AS(machine->start({}), Error);
  REQUIRE(saved.size() == 2);
  CHECK_FALSE(saved[1].contains("PendingCreate"));
}

TEST_CASE(
    "restart resets a running instance, so that it keeps its address, and starts a stopped one") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  cloud.expect("POST", changing(instance_url + "/reset")).reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine->restart({});
  cloud.expect("GET", url(instance_url)).reply(200, R"({"status":"TERMINATED"})");
  cloud.expect("GET", url(instance_url)).reply(200, R"({"status":"TERMINATED"})");
  cloud.expect("POST", changing(instance_url + "/start")).reply(200, operation("op"));
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  machine->restart({});
}

TEST_CASE("an operation's error keeps code and message, and a stockout is one of capacity") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  cloud.expect("POST", changing(instance_url + "/stop")).reply(200, operation("op", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/op/wait"))
      .reply(200, failed_operation("op", "ZONE_RESOURCE_POOL_EXHAUSTED", "no room"));
  try {
    machine->stop({});
    FAIL("no exception");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "operation error: {ZONE_RESOURCE_POOL_EXHAUSTED  no room [] []}");
    CHECK(error.code() == Errc::capacity);
  }
  cloud.expect("POST", changing(instance_url + "/stop"))
      .reply(200, R"({"name":"op","status":"DONE","error":{}})");
  CHECK_THROWS_WITH(machine->stop({}),
                    "operation \"op\" failed with an empty or malformed error payload");
  cloud.expect("POST", changing(instance_url + "/stop")).reply(200, "{}");
  CHECK_THROWS_WITH(machine->stop({}), "the answer holds no operation");
}

TEST_CASE("an operation that never ends is given up after the time that the user set") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud, {{"google-operation-backoff-max-elapsed-time", "1"},
                                {"google-operation-backoff-initial-interval", "3"}});
  cloud.expect("POST", changing(instance_url + "/stop")).reply(200, operation("op", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/op/wait")).reply(200, operation("op", "RUNNING"));
  CHECK_THROWS_WITH(machine->stop({}), "maximum backoff elapsed time exceeded");
}

TEST_CASE("the endpoint for SSH") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  const auto endpoint = machine->endpoint("h");
  CHECK(endpoint.user == "ubuntu");
  CHECK(endpoint.port == 22);
  CHECK(endpoint.key.filename() == "id_rsa");
  CHECK(machine->engine_url("h") == "tcp://h:2376");
  machine.open(google::parse_state(Json::object()));
  CHECK(machine->endpoint("h").user == "docker-user");
}

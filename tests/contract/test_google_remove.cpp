// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/google_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// A machine whose create is done, as the reference would have stored it.
google::StoredState done() {
  google::StoredState state;
  state.base.machine_name = "m1";
  state.project = "p";
  return state;
}

}  // namespace

TEST_CASE("remove deletes the instance, waits, and sees that the disk has gone with it") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.open(done());
  cloud.expect("DELETE", changing(instance_url)).reply(200, operation("del", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/del/wait")).reply(200, operation("del"));
  cloud.expect("GET", url(disk_url)).reply(404, not_found(disk_url));
  machine->remove({});
}

TEST_CASE("remove deletes a disk that was left") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.open(done());
  cloud.expect("DELETE", changing(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(disk_url)).reply(200, "{}");
  cloud.expect("DELETE", changing(disk_url)).reply(200, operation("dd", "RUNNING"));
  cloud.expect("POST", url(zone + "/operations/dd/wait")).reply(200, operation("dd"));
  machine->remove({});
  cloud.expect("DELETE", changing(instance_url))
      .reply(200, failed_operation("del", "RESOURCE_NOT_FOUND", "M"));
  cloud.expect("GET", url(disk_url)).reply(200, "{}");
  cloud.expect("DELETE", changing(disk_url)).reply(404, not_found(disk_url));
  machine->remove({});
}

TEST_CASE("remove reports what it cannot know or do") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.open(done());
  for (const auto& [status, reason] :
       std::vector<std::pair<int, std::string>>{{403, "forbidden"},
                                                {503, "backendError"},
                                                {429, "rateLimitExceeded"},
                                                {400, "invalid"}}) {
    const std::string text = fmt::format("googleapi: Error {}: M, {}", status, reason);
    cloud.expect("DELETE", changing(instance_url)).reply(status, refusal(status, "M", reason));
    CHECK_THROWS_WITH(machine->remove({}), text);
    cloud.expect("DELETE", changing(instance_url)).reply(404, not_found(instance_url));
    cloud.expect("GET", url(disk_url)).reply(status, refusal(status, "M", reason));
    CHECK_THROWS_WITH(machine->remove({}), text);
  }
  cloud.expect("DELETE", changing(instance_url))
      .reply(200, failed_operation("del", "INTERNAL_ERROR", "M"));
  CHECK_THROWS_WITH(machine->remove({}), "operation error: {INTERNAL_ERROR  M [] []}");
}

TEST_CASE("a machine whose name no instance can have is gone when the API refuses the name") {
  MemoryTransport cloud;
  auto state = done();
  state.base.machine_name = "Bad_" + std::string(70, 'x');
  GoogleMachine machine(cloud);
  machine.open(state);
  cloud.expect("DELETE", changing(zone + "/instances/" + state.base.machine_name))
      .reply(400, refusal(400, "M", "invalid"));
  cloud.expect("GET", url(zone + "/disks/" + state.base.machine_name + "-disk"))
      .reply(400, refusal(400, "M", "invalid"));
  machine->remove({});
}

TEST_CASE("a delete that meets the insert still at work is repeated until it is taken") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.give_up_after = std::chrono::seconds(60);
  machine.open(done());
  cloud.expect("DELETE", changing(instance_url)).reply(400, refusal(400, "M", "resourceNotReady"));
  cloud.expect("DELETE", changing(instance_url)).reply(200, operation("del"));
  cloud.expect("GET", url(disk_url)).reply(404, not_found(disk_url));
  machine->remove({});
}

namespace {

google::StoredState sent(std::int64_t seconds_ago, const std::string& operation_name = "") {
  auto state = done();
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  state.pending = google::PendingCreate{false, "id", now - seconds_ago, operation_name};
  return state;
}

}  // namespace

TEST_CASE("remove waits for an insert that was sent and never answered") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.in_flight = std::chrono::seconds(20);
  auto state = sent(1);
  state.base.ssh_key_path = "";
  state.base.store_path = machine->to_json()["StorePath"];
  machine.open(state);
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(instance_url))
      .reply(200, instance("PROVISIONING", "ubuntu:" + machine.public_key() + " ubuntu\n"));
  cloud.expect("DELETE", changing(instance_url)).reply(200, operation("del"));
  cloud.expect("GET", url(disk_url)).reply(404, not_found(disk_url));
  machine->remove({});
}

TEST_CASE("an insert that was sent long ago and made nothing needs no waiting") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.in_flight = std::chrono::seconds(20);
  machine.open(sent(60));
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(disk_url)).reply(404, not_found(disk_url));
  machine->remove({});
}

TEST_CASE("an insert that was accepted but shows no instance is awaited to its end") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  machine.open(sent(1, "op"));
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("POST", url(zone + "/operations/op/wait"))
      .reply(200, failed_operation("op", "ZONE_RESOURCE_POOL_EXHAUSTED", "M"));
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  cloud.expect("GET", url(disk_url)).reply(200, "{}");
  cloud.expect("DELETE", changing(disk_url)).reply(200, operation("dd"));
  machine->remove({});
}

TEST_CASE("an instance of our name with another key is not ours, nor is its disk") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  auto state = sent(1);
  state.base.store_path = machine->to_json()["StorePath"];
  machine.open(state);
  cloud.expect("GET", url(instance_url))
      .reply(200, instance("RUNNING", "ubuntu:ssh-rsa OTHER ubuntu\n"));
  machine->remove({});
}

TEST_CASE("without the key nobody can tell whose instance it is, unless our insert was accepted") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  auto state = sent(1);
  state.base.store_path = "/nosuch";
  machine.open(state);
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  CHECK_THROWS_WITH(machine->remove({}),
                    StartsWith("cannot tell whether instance \"m1\" is ours: "));
  state.pending->operation = "op";
  machine.open(state);
  cloud.expect("GET", url(instance_url)).reply(200, instance("RUNNING"));
  cloud.expect("DELETE", changing(instance_url)).reply(200, operation("del"));
  cloud.expect("GET", url(disk_url)).reply(404, not_found(disk_url));
  machine->remove({});
}

TEST_CASE("a disk that was there before a create that made nothing stays") {
  MemoryTransport cloud;
  GoogleMachine machine(cloud);
  auto state = sent(60);
  state.pending->disk_was_there = true;
  machine.open(state);
  cloud.expect("GET", url(instance_url)).reply(404, not_found(instance_url));
  machine->remove({});
}

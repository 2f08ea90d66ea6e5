// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Every fault at every call of a create, and then a remove: nothing of ours is left, and nothing
// else is touched.
#include "tests/contract/azure_fixture.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>

using namespace dmachine;
using namespace dmachine::test;

namespace {

struct Fault {
  // killed: the process ends, and the request may arrive yet.
  enum class Kind { status, lost_before, lost_after, operation, killed } kind = Kind::status;
  int status = 0;
  std::string code;
};

/// As much of the Resource Manager as one create and remove need: references are checked, what is
/// used cannot be deleted, and each change is an operation that the second look finds done.
class SmallArm final : public cloud::Transport {
 public:
  std::map<std::string, Json> resources;  // by path
  int calls = 0;
  int faulty_call = -1;  // from 0
  int faulty_calls = 1;
  Fault fault;
  bool honours_delete_options = true;
  std::optional<cloud::HttpRequest> late_request;  // arrives before call late_at
  int late_at = -1;
  int reservations = 0;  // how often a NIC delete is refused after its machine could not be made

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    const int call = calls++;
    if (late_request && call == late_at) {
      answer(*std::exchange(late_request, std::nullopt));
    }
    CHECK(cloud::HttpReply{0, request.headers, {}}.header("Authorization") == "Bearer T1");
    if (call < faulty_call || call >= faulty_call + faulty_calls) {
      return answer(request);
    }
    switch (fault.kind) {
      case Fault::Kind::status:
        return {fault.status, {}, refusal(fault.code)};
      case Fault::Kind::operation:
        if (request.method != "GET") {
          failing_operation_ = true;
          return answer(request);
        }
        return {503, {}, refusal("ServerBusy")};
      case Fault::Kind::lost_after:
        answer(request);
        break;
      case Fault::Kind::lost_before:
        break;
      case Fault::Kind::killed:
        late_request = request;
        throw Cancelled();
    }
    throw cloud::TransportError(Errc::unavailable, "reset by peer", true);
  }

  std::vector<std::string> of_the_machine() const {
    std::vector<std::string> left;
    for (const auto& entry : resources) {
      if (entry.first.find("/m1") != std::string::npos) {
        left.push_back(entry.first);
      }
    }
    return left;
  }
  bool has_network() const {
    return resources.contains("Microsoft.Network/virtualNetworks/docker-machine-vnet");
  }

 private:
  static bool refers(const Json& body, const std::string& path) {
    return body.dump().find("providers/" + path + "\"") != std::string::npos;
  }
  bool is_used(const std::string& path) const {
    for (const auto& [other, body] : resources) {
      if (other != path && (refers(body, path) ||
                            body.dump().find("providers/" + path + "/") != std::string::npos)) {
        return true;
      }
    }
    return false;
  }
  bool lacks_reference(const Json& body) const {
    const std::string text = body.dump();
    static const std::string mark = "/providers/";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
      auto path = text.substr(at + mark.size(), text.find('"', at) - at - mark.size());
      path = path.substr(0, path.find("/subnets/"));
      if (!resources.contains(path)) {
        return true;
      }
    }
    return false;
  }

  cloud::HttpReply answer(const cloud::HttpRequest& request) {
    if (request.url == arm + "/operation") {
      return {200, {}, R"({"status":"Succeeded"})"};
    }
    if (request.url == arm + "/failed") {
      return {200, {}, R"({"status":"Failed","error":{"code":"InternalError","message":"M"}})"};
    }
    if (request.url == image_url) {
      return {200, {}, one_image};
    }
    const auto query = request.url.find('?');
    REQUIRE(request.url.substr(query).starts_with("?api-version=20"));
    const std::string group = arm + group_path();
    std::string path = request.url.substr(0, query);
    REQUIRE(path.starts_with(group));
    path = path == group ? "group" : path.substr(group.size() + std::string("/providers/").size());
    if (request.method == "GET") {
      const auto found = resources.find(path);
      return found == resources.end()
                 ? cloud::HttpReply{404,
                                    {},
                                    refusal(resources.contains("group") ? "ResourceNotFound"
                                                                        : "ResourceGroupNotFound")}
                 : cloud::HttpReply{200, {}, found->second.dump()};
    }
    return request.method == "PUT" ? put(path, parse_json(request.body)) : remove(path);
  }

  cloud::HttpReply operation(int status, const std::string& body = {}) {
    const bool fails = std::exchange(failing_operation_, false);
    return {status, {{"Azure-AsyncOperation", arm + (fails ? "/failed" : "/operation")}}, body};
  }

  cloud::HttpReply put(const std::string& path, Json body) {
    if (lacks_reference(body)) {
      return {400, {}, refusal("InvalidResourceReference")};
    }
    const bool is_machine = path == "Microsoft.Compute/virtualMachines/m1";
    if (is_machine && failing_operation_) {
      reserved_ = reservations;
    }
    if (is_machine) {
      resources["Microsoft.Compute/disks/m1-os-disk"] = Json::object();
    }
    body["id"] = "x";
    if (path.find("publicIPAddresses") != std::string::npos) {
      body["properties"]["ipAddress"] = "20.1.2.3";
    }
    resources[path] = body;
    return operation(201, body.dump());
  }

  cloud::HttpReply remove(const std::string& path) {
    if (!resources.contains(path)) {
      return {204, {}, ""};
    }
    if (path.find("networkInterfaces") != std::string::npos && reserved_ > 0) {
      --reserved_;
      return {400, {}, refusal("NicReservedForAnotherVm")};
    }
    if (is_used(path)) {
      return {400, {}, refusal("InUseCannotBeDeleted")};
    }
    resources.erase(path);
    if (path == "Microsoft.Compute/virtualMachines/m1" && honours_delete_options) {
      resources.erase("Microsoft.Compute/disks/m1-os-disk");
      resources.erase("Microsoft.Network/networkInterfaces/m1-nic");
      resources.erase("Microsoft.Network/publicIPAddresses/m1-ip");
    }
    return operation(202);
  }

  bool failing_operation_ = false;
  int reserved_ = 0;
};

const std::vector<Fault> faults{
    {Fault::Kind::status, 400, "InvalidParameter"},
    {Fault::Kind::status, 401, "ExpiredAuthenticationToken"},
    {Fault::Kind::status, 403, "AuthorizationFailed"},
    {Fault::Kind::status, 409, "SkuNotAvailable"},
    {Fault::Kind::status, 409, "AnotherOperationInProgress"},
    {Fault::Kind::status, 429, "TooManyRequests"},
    {Fault::Kind::status, 500, "InternalServerError"},
    {Fault::Kind::status, 503, "ServerBusy"},
    {Fault::Kind::lost_before, 0, ""},
    {Fault::Kind::lost_after, 0, ""},
    {Fault::Kind::operation, 0, ""},
};

int calls_of_a_good_create() {
  SmallArm cloud;
  AzureMachine machine(cloud);
  machine.create();
  CHECK(cloud.of_the_machine().size() == 5);
  CHECK(machine->stored_address() == "20.1.2.3");
  return cloud.calls;
}

}  // namespace

TEST_CASE("after any fault at any call of create, remove leaves nothing") {
  const int calls = calls_of_a_good_create();
  REQUIRE(calls >= 12);
  for (int call = 0; call < calls; ++call) {
    for (const auto& fault : faults) {
      for (const auto give_up_after : {Duration(0), Duration(60000)}) {
        for (const bool in_a_new_process : {false, true}) {
          INFO("call " << call << ", status " << fault.status << " " << fault.code << ", kind "
                       << static_cast<int>(fault.kind) << ", tried again: "
                       << (give_up_after.count() > 0) << ", new process: " << in_a_new_process);
          if (fault.status == 401) {
            continue;  // a new token: see the verbs
          }
          SmallArm cloud;
          cloud.faulty_call = call;
          cloud.fault = fault;
          AzureMachine machine(cloud);
          machine.give_up_after = give_up_after;
          machine.in_flight = Duration(0);
          machine.open(azure::parse_state(machine->to_json()));
          try {
            machine.create();
          } catch (const Error&) {
          }
          cloud.faulty_call = -1;
          if (machine.saved.empty()) {
            CHECK(cloud.resources.empty());
            continue;
          }
          if (in_a_new_process) {
            machine.reopen();
          }
          machine->remove({});
          CHECK(cloud.of_the_machine().empty());
          CHECK_FALSE(cloud.has_network());
        }
      }
    }
  }
}

TEST_CASE("a request that arrives during or after the remove of a killed create makes nothing") {
  const int last = calls_of_a_good_create() - 2;  // the virtual machine's PUT
  for (const int killed_at : {last, last - 2}) {  // and the interface's
    for (int late_at = 0; late_at < 16; ++late_at) {
      for (const bool honours : {true, false}) {
        INFO("killed at " << killed_at << ", late at " << late_at << ", honours " << honours);
        SmallArm cloud;
        cloud.honours_delete_options = honours;
        cloud.faulty_call = killed_at;
        cloud.fault = {Fault::Kind::killed, 0, ""};
        AzureMachine machine(cloud);
        CHECK_THROWS_AS(machine.create(), Cancelled);
        REQUIRE(cloud.late_request);
        REQUIRE(cloud.late_request->method == "PUT");
        machine.reopen();
        cloud.faulty_call = -1;
        cloud.calls = 0;
        cloud.late_at = late_at;
        machine->remove({});
        CHECK(cloud.calls < 40);  // it did not sit out the 30 seconds
        if (cloud.late_request) {
          cloud.late_at = cloud.calls;
          machine->state({});
        }
        CHECK(cloud.of_the_machine().empty());
      }
    }
  }
}

TEST_CASE("a request that needs nothing of ours is waited for, after what is there has gone") {
  /// A create that died as its address was asked for. A minute is left to it.
  struct Interrupted {
    Interrupted() {
      machine.in_flight = std::chrono::seconds(60);
      cloud.faulty_call = calls_of_a_good_create() - 6;
      cloud.fault = {Fault::Kind::killed, 0, ""};
      CHECK_THROWS_AS(machine.create(), Cancelled);
      REQUIRE(cloud.late_request);
      REQUIRE(cloud.late_request->url == ip_url);
      CHECK(cloud.of_the_machine().size() == 1);  // the security group
      cloud.faulty_call = -1;
      cloud.calls = 0;
    }
    SmallArm cloud;
    AzureMachine machine{cloud};
  };
  for (int late_at = 0; late_at < 24; ++late_at) {
    INFO("late at " << late_at);
    Interrupted create;
    create.cloud.late_at = late_at;
    create.machine.reopen();
    create.machine->remove({});
    CHECK_FALSE(create.cloud.late_request);
    CHECK(create.cloud.of_the_machine().empty());
    CHECK(create.cloud.calls < 100);  // it did not sit the minute out, looking all the time
  }
  Interrupted long_ago;
  Json& sent_at = long_ago.machine.saved.back()["PendingCreate"]["SentAt"];
  sent_at = sent_at.get<std::int64_t>() - 61;
  long_ago.machine.reopen();
  long_ago.machine->remove({});
  CHECK(long_ago.cloud.of_the_machine().empty());
  CHECK(long_ago.cloud.calls < 20);
}

TEST_CASE("a create that fails takes back what it made for the machine") {
  const int calls = calls_of_a_good_create();
  for (int call = 8; call < calls; ++call) {
    INFO("call " << call);
    SmallArm cloud;
    cloud.faulty_call = call;
    cloud.fault = {Fault::Kind::status, 409, "SkuNotAvailable"};
    AzureMachine machine(cloud);
    CHECK_THROWS_AS(machine.create(), Error);
    CHECK(cloud.of_the_machine().empty());
    const int made_by = cloud.calls;
    machine->remove({});
    CHECK(cloud.of_the_machine().empty());
    // What is gone is not asked for again: only what machines share.
    CHECK(cloud.calls - made_by <= 4);
  }
}

TEST_CASE("a network interface that is reserved is waited for by remove, not by a failing create") {
  SmallArm cloud;
  AzureMachine machine(cloud);
  machine.reservation = Duration(60000);
  machine.open(azure::parse_state(machine->to_json()));
  cloud.reservations = 4;
  cloud.honours_delete_options = false;
  cloud.faulty_call = calls_of_a_good_create() - 2;  // the virtual machine's PUT
  cloud.fault = {Fault::Kind::operation, 0, ""};
  CHECK_THROWS_AS(machine.create(), Error);
  CHECK(cloud.of_the_machine().size() == 3);
  machine.checkpoint()();
  machine.reopen();
  machine->remove({});
  CHECK(cloud.of_the_machine().empty());
}

TEST_CASE("remove does without the service's help in deleting what hangs together") {
  SmallArm cloud;
  cloud.honours_delete_options = false;
  AzureMachine machine(cloud);
  machine.create();
  machine->remove({});
  CHECK(cloud.of_the_machine().empty());
  CHECK_FALSE(cloud.has_network());
}

TEST_CASE("after any fault at any call of remove, it throws or is done, and a second remove is") {
  for (const bool honours : {true, false}) {
    for (int call = 0; call < 10; ++call) {
      for (const auto& fault : faults) {
        if (fault.status == 401) {
          continue;
        }
        INFO("call " << call << ", status " << fault.status << " " << fault.code << " "
                     << static_cast<int>(fault.kind) << ", options honoured: " << honours);
        SmallArm cloud;
        cloud.honours_delete_options = honours;
        AzureMachine machine(cloud);
        machine.create();
        cloud.calls = 0;
        cloud.faulty_call = call;
        cloud.fault = fault;
        try {
          machine->remove({});
          CHECK(cloud.of_the_machine().empty());
        } catch (const Error& error) {
          CHECK(error.code() != Errc::not_found);
          cloud.faulty_call = -1;
          machine->remove({});
          CHECK(cloud.of_the_machine().empty());
        }
      }
    }
  }
}

TEST_CASE("a network that the user brought survives, empty as it is") {
  SmallArm cloud;
  cloud.resources["group"] = Json::object();
  cloud.resources["Microsoft.Network/virtualNetworks/docker-machine-vnet"] =
      Json{{"location", "West US"},
           {"properties", Json{{"subnets", Json::array({Json{{"name", "docker-machine"}}})}}}};
  AzureMachine machine(cloud);
  machine.create();
  machine->remove({});
  CHECK(cloud.of_the_machine().empty());
  CHECK(cloud.has_network());
}

TEST_CASE("what stands under our names before us is never touched") {
  for (const auto* path :
       {"Microsoft.Compute/virtualMachines/m1", "Microsoft.Compute/disks/m1-os-disk",
        "Microsoft.Network/networkInterfaces/m1-nic", "Microsoft.Network/publicIPAddresses/m1-ip",
        "Microsoft.Network/networkSecurityGroups/m1-firewall"}) {
    INFO(path);
    SmallArm cloud;
    cloud.resources["group"] = Json::object();
    cloud.resources[path] = Json::object();
    AzureMachine machine(cloud);
    CHECK_THROWS_WITH(machine.create(), ContainsSubstring("already exists in resource group"));
    machine->remove({});
    CHECK(cloud.of_the_machine().size() == 1);
  }
}

TEST_CASE("side by side, a create makes the same") {
  SmallArm cloud;
  std::mutex mutex;
  class Locked final : public cloud::Transport {
   public:
    Locked(SmallArm& inner, std::mutex& guard) : inner_(inner), guard_(guard) {}
    cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
      const std::lock_guard lock(guard_);
      return inner_.send(ctx, request);
    }

   private:
    SmallArm& inner_;
    std::mutex& guard_;
  } locked(cloud, mutex);
  AzureMachine machine(locked);
  machine.threads = 6;
  machine.open(azure::parse_state(machine->to_json()));
  machine.create();
  CHECK(cloud.of_the_machine().size() == 5);
  machine->remove({});
  CHECK(cloud.of_the_machine().empty());
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Every fault at every call of a create, and then a remove: nothing of ours is left, and nothing
// else is touched.
#include "tests/contract/google_fixture.hpp"

#include <map>
#include <set>

using namespace dmachine;
using namespace dmachine::test;

namespace {

struct Fault {
  enum class Kind { status, lost_before, lost_after } kind = Kind::status;
  int status = 0;
  std::string reason;
};

/// As much of Compute Engine as one create and remove need. Operations end at once.
class SmallCloud final : public cloud::Transport {
 public:
  std::set<std::string> instances;
  std::set<std::string> disks;
  std::set<std::string> rules;
  int calls = 0;
  int faulty_call = -1;  // from 0
  int faulty_calls = 1;
  Fault fault;

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    const int call = calls++;
    if (call < faulty_call || call >= faulty_call + faulty_calls) {
      return answer(request);
    }
    if (fault.kind == Fault::Kind::status) {
      return {fault.status, {}, refusal(fault.status, "M", fault.reason)};
    }
    if (fault.kind == Fault::Kind::lost_after) {
      answer(request);
    }
    throw cloud::TransportError(Errc::unavailable, "reset by peer", true);
  }

 private:
  cloud::HttpReply answer(const cloud::HttpRequest& request) {
    const auto path =
        request.url.substr(request.url.find("/projects/p") + 11,
                           request.url.find('?') - request.url.find("/projects/p") - 11);
    const auto request_id = request.url.substr(request.url.find('?'));
    if (request.method == "POST" && path.ends_with("/wait")) {
      return {200, {}, operation("op")};
    }
    if (request.method == "GET" && path.empty()) {
      return {200, {}, "{}"};
    }
    if (request.method != "GET" && answered_.contains(request_id)) {
      return {200, {}, operation("op")};
    }
    auto reply = change_or_show(request, path);
    if (request.method != "GET" && reply.status == 200) {
      answered_.insert(request_id);
    }
    return reply;
  }

  cloud::HttpReply change_or_show(const cloud::HttpRequest& request, const std::string& path) {
    auto& kind = path.find("/firewalls") != std::string::npos ? rules
                 : path.find("/disks") != std::string::npos   ? disks
                                                              : instances;
    const std::string name = request.method == "POST"
                                 ? parse_json(request.body)["name"].get<std::string>()
                                 : path.substr(path.rfind('/') + 1);
    if (request.method == "POST") {
      if (!kind.insert(name).second) {
        return {409, {}, refusal(409, "M", "alreadyExists")};
      }
      if (&kind == &instances) {
        disks.insert(name + "-disk");
        keys_ = parse_json(request.body)["metadata"]["items"][0]["value"].get<std::string>();
      }
      return {200, {}, operation("op", "RUNNING")};
    }
    if (!kind.contains(name)) {
      return {404, {}, not_found(path)};
    }
    if (request.method == "GET") {
      return {200, {}, &kind == &rules ? rule() : instance("RUNNING", keys_)};
    }
    kind.erase(name);
    if (&kind == &instances) {
      disks.erase(name + "-disk");
    }
    return {200, {}, operation("op", "RUNNING")};
  }

  std::set<std::string> answered_;
  std::string keys_;
};

const std::vector<Fault> faults{
    {Fault::Kind::status, 400, "invalid"},
    {Fault::Kind::status, 403, "forbidden"},
    {Fault::Kind::status, 403, "rateLimitExceeded"},
    {Fault::Kind::status, 404, "notFound"},
    {Fault::Kind::status, 409, "alreadyExists"},
    {Fault::Kind::status, 412, "conditionNotMet"},
    {Fault::Kind::status, 429, "rateLimitExceeded"},
    {Fault::Kind::status, 500, "backendError"},
    {Fault::Kind::status, 503, "backendError"},
    {Fault::Kind::lost_before, 0, ""},
    {Fault::Kind::lost_after, 0, ""},
};

int calls_of_a_good_create() {
  SmallCloud cloud;
  GoogleMachine machine(cloud);
  machine.create();
  CHECK(cloud.instances.contains("m1"));
  return cloud.calls;
}

}  // namespace

TEST_CASE("after any fault at any call of create, remove leaves nothing") {
  const int calls = calls_of_a_good_create();
  REQUIRE(calls >= 7);
  for (int call = 0; call < calls; ++call) {
    for (const auto& fault : faults) {
      for (const auto give_up_after : {Duration(0), Duration(60000)}) {
        for (const bool in_a_new_process : {false, true}) {
          INFO("call " << call << ", status " << fault.status << " " << fault.reason << ", kind "
                       << static_cast<int>(fault.kind) << ", tried again: "
                       << (give_up_after.count() > 0) << ", new process: " << in_a_new_process);
          SmallCloud cloud;
          cloud.faulty_call = call;
          cloud.fault = fault;
          GoogleMachine machine(cloud);
          machine.give_up_after = give_up_after;
          try {
            machine.create();
          } catch (const Error&) {
          }
          cloud.faulty_call = -1;
          if (in_a_new_process) {
            machine.reopen();
          }
          machine->remove({});
          CHECK(cloud.instances.empty());
          CHECK(cloud.disks.empty());
        }
      }
    }
  }
}

TEST_CASE("an instance that appears under our name before our insert is never deleted") {
  for (const bool in_a_new_process : {false, true}) {
    SmallCloud cloud;
    cloud.instances.insert("m1");
    cloud.disks.insert("m1-disk");
    GoogleMachine machine(cloud);
    CHECK_THROWS_AS(machine.create(), Error);
    if (in_a_new_process) {
      machine.reopen();
    }
    machine->remove({});
    CHECK(cloud.instances.contains("m1"));
    CHECK(cloud.disks.contains("m1-disk"));
  }
}

TEST_CASE("after any fault at any call of remove, it throws or is done, and a second remove is") {
  for (int call = 0; call < 5; ++call) {
    for (const auto& fault : faults) {
      INFO("call " << call << ", status " << fault.status << " " << fault.reason << " "
                   << static_cast<int>(fault.kind));
      SmallCloud cloud;
      GoogleMachine machine(cloud);
      machine.create();
      cloud.calls = 0;
      cloud.faulty_call = call;
      cloud.fault = fault;
      // A wrong "not found" cannot be told from a right one.
      const bool lies = fault.status == 404;
      try {
        machine->remove({});
        CHECK((lies || (cloud.instances.empty() && cloud.disks.empty())));
      } catch (const Error&) {
        cloud.faulty_call = -1;
        machine->remove({});
        CHECK(cloud.instances.empty());
        CHECK(cloud.disks.empty());
      }
    }
  }
}

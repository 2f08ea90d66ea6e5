// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "drivers/cannot_stop.hpp"
#include "tests/contract/amazonec2_fixture.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

/// A machine that was created: instance i-1, key pair k.
struct Made {
  explicit Made(cloud::Transport& transport, const Ec2Machine::Flags& flags = {})
      : machine(transport, flags) {
    auto state = machine->stored();
    state.instance_id = "i-1";
    state.key_name = "k";
    state.pending.reset();
    change(state);
  }
  void change(const amazonec2::StoredState& state) {
    machine.open(amazonec2::parse_state(amazonec2::to_json(state)));
  }
  amazonec2::Amazonec2Driver* operator->() { return machine.operator->(); }
  Ec2Machine machine;
};

Exchange& expect(MemoryTransport& cloud, const Parameters& parameters) {
  return cloud.expect("POST", ec2_url)
      .any_body()
      .check([parameters](const cloud::HttpRequest& request) { check_form(request, parameters); });
}

const Parameters look{{"Action", "DescribeInstances"}, {"InstanceId.1", "i-1"}};
const Parameters terminate{{"Action", "TerminateInstances"}, {"InstanceId.1", "i-1"}};
const Parameters delete_key{{"Action", "DeleteKeyPair"}, {"KeyName", "k"}};

}  // namespace

TEST_CASE("states, and only EC2's own word is an absence") {
  const std::vector<std::pair<std::string, State>> states{
      {"pending", State::starting},  {"running", State::running},
      {"stopping", State::stopping}, {"shutting-down", State::stopping},
      {"stopped", State::stopped},   {"terminated", State::error},
      {"whatever", State::error}};
  for (const auto& [word, state] : states) {
    MemoryTransport cloud;
    Made machine(cloud);
    expect(cloud, look).reply(200, instances(instance_item(word)));
    CHECK(machine->state({}) == state);
  }
  MemoryTransport cloud;
  Made machine(cloud, {{"amazonec2-retries", "0"}});
  expect(cloud, look).reply(400, refusal("InvalidInstanceID.NotFound"));
  CHECK(machine->state({}) == State::none);
  expect(cloud, look).reply(403, refusal("UnauthorizedOperation"));
  CHECK_THROWS_AS(machine->state({}), Error);
  expect(cloud, look).reply(503, refusal("RequestLimitExceeded"));
  CHECK_THROWS_AS(machine->state({}), Error);
  expect(cloud, look).reply(200, "<html>");
  CHECK_THROWS_AS(machine->state({}), Error);
}

TEST_CASE("no call goes out without an instance id") {
  MemoryTransport cloud;
  Made machine(cloud);
  auto state = machine->stored();
  state.instance_id.clear();
  state.base.owner = {};  // with one it would be looked for
  machine.change(state);
  const auto text = "Missing instance ID, this is likely due to a failure during machine creation";
  CHECK_THROWS_WITH(machine->state({}), text);
  CHECK_THROWS_WITH(machine->start({}), text);
  CHECK_THROWS_WITH(machine->stop({}), text);
  CHECK_THROWS_WITH(machine->address({}), text);
  state.key_name.clear();
  machine.change(state);
  machine->remove({});
}

TEST_CASE("the address is asked for, and what was known serves when nobody may ask") {
  MemoryTransport cloud;
  Made machine(cloud, {{"amazonec2-retries", "0"}});
  expect(cloud, look).reply(200, instances(instance_item("running")));
  CHECK(machine->address({}) == "198.51.100.7");
  expect(cloud, look).reply(503, refusal("RequestLimitExceeded"));
  CHECK(machine->address({}) == "198.51.100.7");
  expect(cloud, look).reply(200, instances(instance_item("stopped")));
  CHECK_THROWS_WITH(machine->address({}), "Host is not running");
  CHECK_FALSE(machine->stored_address());
}

TEST_CASE("by its flags a machine is reached at its private address") {
  for (const auto* flag : {"amazonec2-use-private-address", "amazonec2-private-address-only"}) {
    MemoryTransport cloud;
    Made machine(cloud, {{flag, "true"}});
    expect(cloud, look).reply(200, instances(instance_item("running")));
    CHECK(machine->address({}) == "10.0.0.2");
  }
}

TEST_CASE("stop forgets the address, start learns the new one, restart keeps it") {
  MemoryTransport cloud;
  Made machine(cloud);
  expect(cloud, {{"Action", "StopInstances"}, {"InstanceId.1", "i-1"}, {"Force", "false"}})
      .reply(200, answer("StopInstances"));
  machine->stop({});
  CHECK_FALSE(machine->stored_address());
  expect(cloud, {{"Action", "StartInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, answer("StartInstances"));
  expect(cloud, look).reply(200, instances(instance_item("stopped")));
  expect(cloud, look).reply(200, instances(instance_item("pending")));
  expect(cloud, look).reply(200, instances(instance_item("running")));
  machine->start({});
  CHECK(machine->stored_address() == "198.51.100.7");
  expect(cloud, look).reply(200, instances(instance_item("running")));
  expect(cloud, {{"Action", "RebootInstances"}, {"InstanceId.1", "i-1"}})
      .reply(200, answer("RebootInstances"));
  machine->restart({});
  expect(cloud, {{"Action", "StopInstances"}, {"InstanceId.1", "i-1"}, {"Force", "true"}})
      .reply(200, answer("StopInstances"));
  machine->kill({});
}

TEST_CASE("that a one-time spot machine cannot be stopped is told apart from a failure") {
  MemoryTransport cloud;
  Made spot(cloud, {{"amazonec2-request-spot-instance", "true"}});
  cloud.expect("POST", ec2_url).any_body().reply(400, refusal("UnsupportedOperation"));
  CHECK_THROWS_AS(spot->stop({}), CannotStop);
  Made machine(cloud);
  cloud.expect("POST", ec2_url).any_body().reply(400, refusal("UnsupportedOperation"));
  CHECK_THROWS_WITH(machine->stop({}), ContainsSubstring("UnsupportedOperation"));
}

TEST_CASE("remove terminates, cancels the spot request, deletes the key pair") {
  MemoryTransport cloud;
  Made machine(cloud);
  auto state = machine->stored();
  state.spot_request_id = "sir-1";
  machine.change(state);
  expect(cloud, terminate).reply(200, answer("TerminateInstances"));
  expect(cloud, {{"Action", "CancelSpotInstanceRequests"}, {"SpotInstanceRequestId.1", "sir-1"}})
      .reply(400, refusal("InvalidSpotInstanceRequestID.NotFound"));
  expect(cloud, delete_key).reply(200, answer("DeleteKeyPair"));
  machine->remove({});
}

TEST_CASE("remove leaves the user's key pair, and minds nothing that is gone") {
  MemoryTransport cloud;
  Made machine(cloud);
  auto state = machine->stored();
  state.existing_key = true;
  machine.change(state);
  expect(cloud, terminate).reply(400, refusal("InvalidInstanceID.NotFound"));
  machine->remove({});
}

TEST_CASE("each removal is tried, and the failures are told together") {
  MemoryTransport cloud;
  Made machine(cloud);
  expect(cloud, terminate).reply(400, refusal("OperationNotPermitted", "protected"));
  expect(cloud, delete_key).reply(403, refusal("UnauthorizedOperation", "no"));
  try {
    machine->remove({});
    FAIL("no failure");
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(text.starts_with("unable to terminate instance: OperationNotPermitted: protected"));
    CHECK_THAT(text, ContainsSubstring("\nUnauthorizedOperation: no"));
  }
}

TEST_CASE("throttled requests are sent again, each with its own signature") {
  MemoryTransport cloud;
  Made machine(cloud);
  for (int i = 0; i < 9; ++i) {
    expect(cloud, look).reply(503, refusal("RequestLimitExceeded"));
  }
  expect(cloud, look).reply(200, instances(instance_item("running")));
  CHECK(machine->state({}) == State::running);
}

TEST_CASE("--amazonec2-retries bounds the tries of server errors and lost connections") {
  for (const auto& [flag, tries] :
       std::vector<std::pair<std::string, int>>{{"0", 1}, {"2", 3}, {"-1", 4}}) {
    MemoryTransport cloud;
    Made machine(cloud, {{"amazonec2-retries", flag}});
    for (int i = 0; i < tries; ++i) {
      expect(cloud, look).reply(500, refusal("InternalError"));
    }
    CHECK_THROWS_AS(machine->state({}), Error);
    for (int i = 0; i < tries; ++i) {
      expect(cloud, look).fail(Errc::unavailable, "reset", true);
    }
    CHECK_THROWS_AS(machine->state({}), Error);
  }
}

TEST_CASE("a clock that differs from AWS's is allowed for") {
  MemoryTransport cloud;
  Made machine(cloud);
  const auto scope = [](const std::string& date) {
    return [date](const cloud::HttpRequest& request) {
      CHECK_THAT(cloud::HttpReply({0, request.headers, {}}).header("Authorization").value_or(""),
                 ContainsSubstring("/" + date + "/"));
    };
  };
  cloud.expect("POST", ec2_url)
      .any_body()
      .reply(400, refusal("RequestExpired"), {{"Date", "Mon, 05 Jan 2015 10:00:00 GMT"}});
  cloud.expect("POST", ec2_url)
      .any_body()
      .check(scope("20150105"))
      .reply(200, instances(instance_item("running")));
  CHECK(machine->state({}) == State::running);
}

TEST_CASE("refused keys of an old machine are replaced by those of the environment") {
  const ScopedEnv id("AWS_ACCESS_KEY_ID", "TODAY");
  const ScopedEnv secret("AWS_SECRET_ACCESS_KEY", "S");
  const ScopedEnv token("AWS_SESSION_TOKEN", "");
  MemoryTransport cloud;
  Made machine(cloud, {{"amazonec2-session-token", "ST"}});
  cloud.expect("POST", ec2_url)
      .any_body()
      .header("x-amz-security-token", "ST")
      .reply(400, refusal("RequestExpired"));
  cloud.expect("POST", ec2_url)
      .any_body()
      .no_header("x-amz-security-token")
      .reply(200, instances(instance_item("running")));
  CHECK(machine->state({}) == State::running);
}

TEST_CASE("many machines of an account and region are asked about at once") {
  MemoryTransport cloud;
  Made first(cloud);
  Made second(cloud);
  Made lost(cloud);
  Made elsewhere(cloud, {{"amazonec2-region", "eu-west-1"}, {"amazonec2-retries", "0"}});
  auto state = second->stored();
  state.instance_id = "i-2";
  second.change(state);
  state.instance_id.clear();
  lost.change(state);
  expect(cloud, {{"Action", "DescribeInstances"},
                 {"Filter.1.Name", "instance-id"},
                 {"Filter.1.Value.1", "i-1"},
                 {"Filter.1.Value.2", "i-2"}})
      .reply(200, instances(instance_item(
                      "terminated", "i-2",
                      "<stateReason><code>C</code><message>taken back</message></stateReason>")));
  cloud.expect("POST", "https://ec2.eu-west-1.amazonaws.com/")
      .any_body()
      .reply(403, refusal("UnauthorizedOperation"));
  std::vector<Driver*> machines{&*first.machine, &*elsewhere.machine, &*lost.machine,
                                &*second.machine};
  auto services = first.machine.services();
  const auto answers = amazonec2::states_of({}, machines, services);
  REQUIRE(answers.size() == 4);
  CHECK(answers[0].state == State::none);
  CHECK(answers[1].state == State::error);
  CHECK_THAT(answers[1].error, ContainsSubstring("UnauthorizedOperation"));
  CHECK(answers[2].state == State::error);
  CHECK_THAT(answers[2].error, ContainsSubstring("Missing instance ID"));
  CHECK(answers[3].state == State::error);
  CHECK(answers[3].error == "C: taken back");
}

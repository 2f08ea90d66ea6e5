// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "machine/list_row.hpp"
#include "machine/states.hpp"
#include "tests/support/catch.hpp"

#include <memory>

using namespace dmachine;
using namespace dmachine::machine;

namespace {

/// Knows an address, says how it does, and counts how often it is asked.
class FakeDriver final : public Driver {
 public:
  explicit FakeDriver(std::optional<std::string> address) : address_(std::move(address)) {}

  void precheck(const Context& /*ctx*/) override {}
  void create(const Context& /*ctx*/, const Checkpoint& /*checkpoint*/) override {}
  void remove(const Context& /*ctx*/) override {}
  State state(const Context& /*ctx*/) override {
    ++asked;
    if (!failure.empty()) {
      throw Error(Errc::unavailable, failure);
    }
    return says;
  }
  std::string address(const Context& /*ctx*/) override {
    throw Error(Errc::unavailable, "Host is not running");
  }
  std::optional<std::string> stored_address() const override { return address_; }
  void start(const Context& /*ctx*/) override {}
  void stop(const Context& /*ctx*/) override {}
  void kill(const Context& /*ctx*/) override {}
  ssh::Endpoint endpoint(const std::string& /*address*/) const override { return {}; }
  std::string engine_url(const std::string& address) const override {
    return "tcp://" + address + ":1";  // nobody listens there
  }
  Json to_json() const override { return Json::object(); }

  int asked = 0;
  State says = State::running;
  std::string failure;

 private:
  std::optional<std::string> address_;
};

struct Fixture {
  explicit Fixture(std::optional<std::string> address) {
    auto made = std::make_unique<FakeDriver>(std::move(address));
    driver = made.get();
    machine.name = "m1";
    machine.driver_name = "generic";
    machine.driver = std::move(made);
  }

  ListItem row(const StateAnswer* answer, const std::string& docker_host = "none") {
    Turns turns(1);
    return ask_row({Context().within(limit), limit, docker_host}, turns, machine, answer);
  }

  Duration limit = std::chrono::minutes(1);
  Machine machine;
  FakeDriver* driver;
};

}  // namespace

TEST_CASE("a machine that the cloud calls stopped is asked nothing more") {
  Fixture one("127.0.0.1");
  const StateAnswer answer{.state = State::stopped, .address = "", .error = ""};
  const ListItem row = one.row(&answer);
  CHECK(row.state == State::stopped);
  CHECK(row.url.empty());
  CHECK(row.docker_version == "Unknown");
  CHECK(row.error.empty());
  CHECK(row.active == "-");
  CHECK(one.driver->asked == 0);
}

TEST_CASE("the address of the list goes before the stored one") {
  Fixture one("127.0.0.1");
  const StateAnswer answer{.state = State::running, .address = "127.0.0.2", .error = ""};
  const ListItem row = one.row(&answer, "tcp://127.0.0.2:1");
  CHECK(row.url == "tcp://127.0.0.2:1");
  CHECK(row.address == "127.0.0.2");
  CHECK(row.active == "*");
  CHECK_THAT(row.error, ContainsSubstring("Unable to query docker version: "));
  CHECK(one.driver->asked == 0);
}

TEST_CASE("an API that tells no address leaves the stored one") {
  Fixture one("127.0.0.1");
  const StateAnswer answer{.state = State::running};
  CHECK(one.row(&answer).url == "tcp://127.0.0.1:1");
  const StateAnswer without{.state = State::running, .address = ""};
  const ListItem row = one.row(&without);
  CHECK(row.state == State::running);
  CHECK(row.url.empty());
}

TEST_CASE("nobody's word and no engine's is an error with the cloud's reason") {
  const StateAnswer answer{.state = State::error, .error = "list refused"};
  for (const std::optional<std::string>& stored :
       {std::optional<std::string>(), std::optional<std::string>("127.0.0.1")}) {
    Fixture one(stored);
    const ListItem row = one.row(&answer);
    CHECK(row.state == State::error);
    CHECK(row.error == "list refused");
    CHECK(row.url.empty());
  }
}

TEST_CASE("without a list the machine is asked when its engine does not answer") {
  Fixture one("127.0.0.1");
  one.driver->says = State::stopped;
  const ListItem stopped = one.row(nullptr);
  CHECK(stopped.state == State::stopped);
  CHECK(stopped.url.empty());
  CHECK(stopped.error.empty());
  CHECK(one.driver->asked == 1);
  one.driver->says = State::running;
  const ListItem running = one.row(nullptr);
  CHECK(running.state == State::running);
  CHECK(running.url == "tcp://127.0.0.1:1");
  CHECK_THAT(running.error, ContainsSubstring("Unable to query docker version"));
  one.driver->failure = "no\nroute";
  CHECK(one.row(nullptr).error == "no route");
}

TEST_CASE("no time is a row that reads Timeout and says nothing else") {
  Fixture one("127.0.0.1");
  one.limit = Duration::zero();
  const ListItem row = one.row(nullptr);
  CHECK(row.state == State::timeout);
  CHECK(row.active.empty());
  CHECK(row.docker_version.empty());
  CHECK_FALSE(row.options);
}

TEST_CASE("a swarm's master is active by the swarm's port") {
  Fixture one("127.0.0.1");
  one.machine.options.swarm.master = true;
  one.machine.options.swarm.host = "tcp://0.0.0.0:3376";
  const StateAnswer running{.state = State::running};
  CHECK(one.row(&running, "tcp://127.0.0.1:3376").active == "* (swarm)");
  CHECK(one.row(&running, "tcp://127.0.0.1:1").active == "*");
  const StateAnswer stopped{.state = State::stopped};
  CHECK(one.row(&stopped, "tcp://127.0.0.1:3376").active == "-");
}

TEST_CASE("machines that hang leave time to those behind them") {
  const auto minute = std::chrono::minutes(1);
  const Context ctx = Context().within(minute);
  Turns few(machines_at_once);
  CHECK(few.next(ctx).remaining() > Duration(minute) / 2);
  Turns many(4 * machines_at_once);
  for (std::size_t i = 0; i < machines_at_once; ++i) {
    CHECK(many.next(ctx).remaining() <= Duration(minute) * 9 / 10 / 4);
  }
  for (std::size_t i = 0; i < 2 * machines_at_once; ++i) {
    many.next(ctx);
  }
  CHECK(many.next(ctx).remaining() > Duration(minute) / 2);
}

TEST_CASE("machines whose driver cannot list are one part") {
  Fixture a("127.0.0.1");
  Fixture b("127.0.0.1");
  b.machine.driver_name = "no such driver";
  const auto parts = fleet_parts({&a.machine, &b.machine});
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].lister == nullptr);
  a.driver->failure = "broken";
  const auto answers = ask_states(Context(), parts[0]);
  CHECK(answers[0].state == State::error);
  CHECK(answers[0].error == "broken");
  CHECK(answers[1].state == State::running);
}

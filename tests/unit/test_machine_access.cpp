// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "machine/access.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;

namespace {

/// Keeps how long it may wait for its cloud.
class PatientDriver final : public Driver {
 public:
  explicit PatientDriver(std::vector<Duration>& limits) : limits_(limits) {}

  void precheck(const Context& /*ctx*/) override {}
  void create(const Context& /*ctx*/, const Checkpoint& /*checkpoint*/) override {}
  void remove(const Context& /*ctx*/) override {}
  State state(const Context& ctx) override {
    limits_.push_back(ctx.remaining());
    return State::paused;
  }
  std::string address(const Context& ctx) override {
    limits_.push_back(ctx.remaining());
    return "192.0.2.1";
  }
  std::optional<std::string> stored_address() const override { return std::nullopt; }
  void start(const Context& /*ctx*/) override {}
  void stop(const Context& /*ctx*/) override {}
  void kill(const Context& /*ctx*/) override {}
  ssh::Endpoint endpoint(const std::string& /*address*/) const override { return {}; }
  Json to_json() const override { return {}; }

 private:
  std::vector<Duration>& limits_;
};

}  // namespace

TEST_CASE("reading one machine does not sit out an outage of its cloud") {
  std::vector<Duration> limits;
  machine::Machine machine;
  machine.driver = std::make_unique<PatientDriver>(limits);
  const Context without_end;
  CHECK(machine::current_state(without_end, machine) == State::paused);
  CHECK(machine::engine_url(without_end, machine) == "tcp://192.0.2.1:2376");
  CHECK(machine::current_address(without_end, machine) == "192.0.2.1");
  REQUIRE(limits.size() == 3);
  for (const Duration limit : limits) {
    CHECK(limit <= machine::look_up_limit);
  }
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/from_options.hpp"
#include "drivers/amazonec2/options.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/machine_key.hpp"
#include "tests/support/simulated_cloud.hpp"
#include "tests/support/temp.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::test {

/// A region of the one simulated EC2 of this program that no other test uses, with all settings as
/// at its start; and a store.
class Ec2Region {
 public:
  using Flags = std::vector<std::pair<std::string, std::string>>;

  explicit Ec2Region(std::string given) : name(std::move(given)) {
    cloud().set(Json{{"denied_actions", Json::array()},
                     {"exhausted", Json::array()},
                     {"quotas", Json::object()}});
    cloud().forget_calls();
  }
  ~Ec2Region() { cloud().check_verdict(); }
  Ec2Region(const Ec2Region&) = delete;
  Ec2Region& operator=(const Ec2Region&) = delete;

  static SimulatedCloud& cloud() {
    static const ScopedEnv no_other_authorities("AWS_CA_BUNDLE", "");
    static SimulatedCloud engine("tests.clouds.ec2");
    return engine;
  }

  std::unique_ptr<amazonec2::Amazonec2Driver> machine(const Flags& flags = {},
                                                      const std::string& machine_name = "m1") {
    write_machine_key(store.path(), machine_name);
    OptionValues values(amazonec2::options());
    values.set("amazonec2-region", name, Origin::command_line);
    for (const auto& [flag, text] : flags) {
      values.set(flag, text, Origin::command_line);
    }
    auto driver = std::make_unique<amazonec2::Amazonec2Driver>(amazonec2::state_from_options(
        {machine_name, store.path().string()}, values, {false, "tcp://0.0.0.0:3376", ""}));
    driver->set_owner(owner);
    return driver;
  }
  /// As machine/ calls it.
  static void create(amazonec2::Amazonec2Driver& driver) {
    driver.precheck({});
    driver.create({}, [] {});
  }
  /// As another process would see it.
  static std::unique_ptr<amazonec2::Amazonec2Driver> reopen(const Json& saved) {
    return std::make_unique<amazonec2::Amazonec2Driver>(
        amazonec2::parse_state(parse_json(saved.dump())));
  }

  std::string name;
  TempFolder store;
  Owner owner{"00000000000000aa", "00000000000000bb"};
};

}  // namespace dmachine::test

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/driver.hpp"
#include "drivers/google/from_options.hpp"
#include "drivers/google/options.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/machine_key.hpp"
#include "tests/support/simulated_cloud.hpp"
#include "tests/support/temp.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::test {

/// A project of its own in the one simulated Compute Engine of this program, with all settings as
/// at its start; and a store.
class GoogleProject {
 public:
  using Flags = std::vector<std::pair<std::string, std::string>>;

  GoogleProject() {
    static int count = 0;
    project = "test-" + std::to_string(++count);
    cloud().set(Json{{"exhausted", Json::array()},
                     {"denied_permissions", Json::array()},
                     {"disabled_services", Json::array()},
                     {"unreachable", Json::array()},
                     {"no_spot", false},
                     {"operation_seconds", Json::object()},
                     {"quotas", Json::object()}});
    cloud().make_it("add_project", Json{{"project", project}});
    cloud().forget_calls();
  }
  ~GoogleProject() {
    cloud().check_verdict();
    cloud().make_it("drop_project", Json{{"project", project}});
  }
  GoogleProject(const GoogleProject&) = delete;
  GoogleProject& operator=(const GoogleProject&) = delete;

  static SimulatedCloud& cloud() {
    static SimulatedCloud engine("tests.clouds.compute_engine");
    return engine;
  }

  std::unique_ptr<google::GoogleDriver> machine(const std::string& name, const Flags& flags = {}) {
    write_machine_key(store_.path(), name);
    OptionValues values(google::options());
    values.set("google-project", project, Origin::command_line);
    for (const auto& [flag, text] : flags) {
      values.set(flag, text, Origin::command_line);
    }
    auto driver = std::make_unique<google::GoogleDriver>(
        google::state_from_options({name, store()}, values, {false, "tcp://0.0.0.0:3376", ""}));
    driver->set_owner(owner);
    return driver;
  }
  /// As another process would see it.
  static std::unique_ptr<google::GoogleDriver> reopen(const Json& saved) {
    return std::make_unique<google::GoogleDriver>(google::parse_state(parse_json(saved.dump())));
  }
  /// Driver::create as machine/ calls it.
  static void create(google::GoogleDriver& driver) {
    driver.create({}, [] {});
  }

  std::string store() const { return store_.path().string(); }

  /// The calls that make something that costs money, with their bodies.
  static std::vector<SimulatedCloud::Call> creating_calls() {
    auto calls = cloud().calls("compute");
    std::erase_if(calls, [](const SimulatedCloud::Call& call) {
      return call.method != "POST" ||
             !(call.path.ends_with("/instances") || call.path.ends_with("/bulkInsert"));
    });
    return calls;
  }
  /// Names of this project's instances or disks.
  static std::vector<std::string> names_of(const std::string& collection) {
    std::vector<std::string> names;
    const Json state = cloud().get("/state");
    for (const auto& [name, resource] : state.at(collection).items()) {
      names.push_back(name);
    }
    return names;
  }

  std::string project;
  Owner owner{"00000000000000aa", "00000000000000bb"};

 private:
  TempFolder store_;
};

}  // namespace dmachine::test

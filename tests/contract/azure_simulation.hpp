// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/azure/driver.hpp"
#include "drivers/azure/from_options.hpp"
#include "drivers/azure/options.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/machine_key.hpp"
#include "tests/support/simulated_cloud.hpp"
#include "tests/support/temp.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::test {

/// A resource group of its own in the one simulated Azure of this program, with all settings as at
/// its start; and a store.
class AzureGroup {
 public:
  using Flags = std::vector<std::pair<std::string, std::string>>;

  AzureGroup() {
    static int count = 0;
    group = "test-" + std::to_string(++count);
    cloud().set(Json{{"exhausted", Json::array()},
                     {"denied_permissions", Json::array()},
                     {"operation_seconds", Json::object()},
                     {"quotas", Json::object()}});
    cloud().forget_calls();
  }
  ~AzureGroup() { cloud().check_verdict(); }
  AzureGroup(const AzureGroup&) = delete;
  AzureGroup& operator=(const AzureGroup&) = delete;

  static SimulatedCloud& cloud() {
    static SimulatedCloud engine("tests.clouds.azure");
    return engine;
  }

  std::unique_ptr<azure::AzureDriver> machine(const std::string& name, const Flags& flags = {}) {
    write_machine_key(store_.path(), name);
    OptionValues values(azure::options());
    for (const auto& option : azure::options()) {
      if (const char* value = std::getenv(std::string(option.env).c_str()); value != nullptr) {
        values.set(option.flag, value, Origin::environment);
      }
    }
    values.set("azure-resource-group", group, Origin::command_line);
    values.set("azure-location", "japaneast", Origin::command_line);
    for (const auto& [flag, text] : flags) {
      values.set(flag, text, Origin::command_line);
    }
    auto driver = std::make_unique<azure::AzureDriver>(azure::state_from_options(
        {name, store_.path().string()}, values, {false, "tcp://0.0.0.0:3376", ""}));
    driver->set_owner(owner);
    return driver;
  }
  /// As machine/ does it.
  static void create(azure::AzureDriver& driver) {
    driver.precheck({});
    driver.create({}, [] {});
  }

  /// The PUTs since `forget_calls`, in order.
  static std::vector<SimulatedCloud::Call> puts() { return cloud().calls("arm", "PUT"); }
  /// "virtualMachines" of …/virtualMachines/m1.
  static std::string kind_of(const SimulatedCloud::Call& call) {
    const auto parts = split(call.path, '/');
    return parts.at(parts.size() - 2);
  }
  /// Those that make what is paid for by its hours: one of them is a try at one candidate.
  static std::vector<SimulatedCloud::Call> creating_calls() {
    auto calls = puts();
    std::erase_if(calls, [](const auto& call) { return kind_of(call) != "virtualMachines"; });
    return calls;
  }
  static std::string size_in(const SimulatedCloud::Call& creating) {
    return creating.body.at("properties").at("hardwareProfile").at("vmSize");
  }
  /// The sizes that were asked for since `forget_calls`, in order.
  static std::vector<std::string> sizes_tried() {
    std::vector<std::string> sizes;
    for (const auto& call : creating_calls()) {
      sizes.push_back(size_in(call));
    }
    return sizes;
  }
  /// What there is of all machines of this program.
  static bool is_empty() { return cloud().get("/empty").get<bool>(); }

  std::filesystem::path store() const { return store_.path(); }

  std::string group;
  Owner owner{"00000000000000aa", "00000000000000bb"};

 private:
  TempFolder store_;
};

}  // namespace dmachine::test

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/instance_view.hpp"

#include "core/log.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dmachine::azure {

namespace {

/// What follows `prefix` in the first status code that begins with it, in small letters.
std::string after(const Json& view, std::string_view prefix) {
  const Json* statuses = find_member(view, "statuses");
  if (statuses == nullptr || !statuses->is_array()) {
    return {};
  }
  for (const Json& status : *statuses) {
    const auto code = text_at(status, {"code"});
    if (equal_ignoring_case(code.substr(0, prefix.size()), prefix)) {
      return to_lower(code.substr(prefix.size()));
    }
  }
  return {};
}

State state_without_power(const Json& view) {
  const auto provisioning = after(view, "ProvisioningState/");
  if (provisioning.starts_with("failed") || provisioning.starts_with("canceled")) {
    return State::error;
  }
  return provisioning.starts_with("deleting") ? State::stopping : State::starting;
}

const Json* first_configuration(const Json& interface) {
  const Json* list = member_at(interface, {"properties", "ipConfigurations"});
  return list != nullptr && list->is_array() && !list->empty() ? &list->front() : nullptr;
}

}  // namespace

const Json* member_at(const Json& object, std::initializer_list<std::string_view> path) {
  const Json* here = &object;
  for (const auto key : path) {
    here = here->is_object() ? find_member(*here, key) : nullptr;
    if (here == nullptr) {
      return nullptr;
    }
  }
  return here;
}

std::string text_at(const Json& object, std::initializer_list<std::string_view> path) {
  const Json* value = member_at(object, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::string power_state(const Json& instance_view) {
  return after(instance_view, "PowerState/");
}

State state_of(const Json& view) {
  static constexpr std::array<std::pair<std::string_view, State>, 6> states{{
      {"running", State::running},
      {"starting", State::starting},
      {"stopping", State::stopping},
      {"deallocating", State::stopping},
      {"stopped", State::stopped},
      {"deallocated", State::stopped},
  }};
  const auto power = power_state(view);
  if (power.empty()) {
    return state_without_power(view);
  }
  const auto found = std::ranges::find(states, power, &std::pair<std::string_view, State>::first);
  if (found == states.end()) {
    log::debug("Azure told of a power state that is not known: {}", go_quote(power));
    return State::error;
  }
  return found->second;
}

std::string public_address(const Json& public_ip, bool by_name) {
  return by_name ? text_at(public_ip, {"properties", "dnsSettings", "fqdn"})
                 : text_at(public_ip, {"properties", "ipAddress"});
}

std::string private_address(const Json& interface) {
  const Json* configuration = first_configuration(interface);
  return configuration == nullptr ? std::string()
                                  : text_at(*configuration, {"properties", "privateIPAddress"});
}

std::string vhd_uri(const Json& virtual_machine) {
  return text_at(virtual_machine, {"properties", "storageProfile", "osDisk", "vhd", "uri"});
}

}  // namespace dmachine::azure

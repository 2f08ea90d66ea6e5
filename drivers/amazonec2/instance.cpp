// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/instance.hpp"

#include "core/error.hpp"
#include "core/log.hpp"

namespace dmachine::amazonec2 {

std::string Instance::reason() const {
  if (reason_message.empty() || reason_code.empty()) {
    return reason_message + reason_code;
  }
  return reason_message.starts_with(reason_code) ? reason_message
                                                 : reason_code + ": " + reason_message;
}

Tags parse_tag_set(const Element& item) {
  Tags tags;
  for (const auto& tag : item.items("tagSet")) {
    tags.emplace_back(tag.text("key"), tag.text("value"));
  }
  return tags;
}

Instance parse_instance(const Element& item) {
  Instance instance;
  instance.id = item.text("instanceId");
  instance.state = item.text("instanceState/name");
  instance.private_ip = item.text("privateIpAddress");
  instance.public_ip = item.text("ipAddress");
  instance.ipv6 = item.text("ipv6Address");
  instance.key_name = item.text("keyName");
  instance.spot_request_id = item.text("spotInstanceRequestId");
  instance.reason_code = item.text("stateReason/code");
  instance.reason_message = item.text("stateReason/message");
  instance.launched = item.text("launchTime");
  instance.zone = item.text("placement/availabilityZone");
  instance.type = item.text("instanceType");
  instance.image = item.text("imageId");
  instance.subnet_id = item.text("subnetId");
  instance.vpc_id = item.text("vpcId");
  for (const auto& group : item.items("groupSet")) {
    instance.groups.emplace_back(group.text("groupId"), group.text("groupName"));
  }
  instance.is_spot = item.text("instanceLifecycle") == "spot";
  instance.is_on_demand = item.text("instanceLifecycle").empty();
  instance.tags = parse_tag_set(item);
  if (instance.ipv6.empty()) {
    for (const auto& interface : item.items("networkInterfaceSet")) {
      for (const auto& address : interface.items("ipv6AddressesSet")) {
        if (instance.ipv6.empty()) {
          instance.ipv6 = address.text("ipv6Address");
        }
      }
    }
  }
  if (instance.id.empty()) {
    throw Error(Errc::unavailable, "the answer holds an instance without an id");
  }
  return instance;
}

State state_of(const Instance& instance) {
  if (instance.state == "pending") {
    return State::starting;
  }
  if (instance.state == "running") {
    return State::running;
  }
  if (instance.state == "stopping" || instance.state == "shutting-down") {
    return State::stopping;
  }
  if (instance.state == "stopped") {
    return State::stopped;
  }
  if (!instance.has_gone()) {
    log::warn("unrecognized instance state: {}", instance.state);
  }
  return State::error;
}

}  // namespace dmachine::amazonec2

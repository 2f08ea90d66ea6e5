// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/values.hpp"
#include "drivers/amazonec2/xml.hpp"
#include "drivers/driver.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dmachine::amazonec2 {

/// What we need of an instance.
struct Instance {
  std::string id;
  std::string state;  // "pending", "running", …
  std::string private_ip;
  std::string public_ip;  // empty when it has none, or none now
  std::string ipv6;
  std::string key_name;
  std::string spot_request_id;
  std::string reason_code;  // of the last change of state: "Server.SpotInstanceTermination"
  std::string reason_message;
  std::string launched;  // RFC 3339
  std::string zone;
  std::string type;
  std::string image;
  std::string subnet_id;
  std::string vpc_id;
  std::vector<std::pair<std::string, std::string>> groups;  // id, name
  bool is_spot = false;
  bool is_on_demand = false;  // neither: a capacity block, which has quotas of its own
  Tags tags;

  /// It will not run (again) by itself.
  bool has_ended() const {
    return state == "stopping" || state == "stopped" || state == "shutting-down" || has_gone();
  }
  bool has_gone() const { return state == "terminated"; }
  /// It has gone or is on its way, and so are its volumes and interfaces.
  bool is_going() const { return state == "shutting-down" || has_gone(); }
  /// It ended because there was nothing left for it, or somebody paid more. Source: EC2 API
  /// reference, StateReason.
  bool has_lost_capacity() const {
    return reason_code == "Server.InsufficientInstanceCapacity" ||
           reason_code == "Server.SpotInstanceTermination" ||
           reason_code == "Server.SpotInstanceShutdown";
  }
  /// `MESSAGE`, which mostly begins with its code, or `CODE`; empty when EC2 gave none.
  std::string reason() const;
};

Instance parse_instance(const Element& item);

/// Of a `tagSet`.
Tags parse_tag_set(const Element& item);

/// The state that `status` shows.
State state_of(const Instance& instance);

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/xml.hpp"
#include "drivers/driver.hpp"

#include <string>

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

  /// It will not run (again) by itself.
  bool has_ended() const {
    return state == "stopping" || state == "stopped" || state == "shutting-down" || has_gone();
  }
  bool has_gone() const { return state == "terminated"; }
  /// `MESSAGE`, which mostly begins with its code, or `CODE`; empty when EC2 gave none.
  std::string reason() const;
};

Instance parse_instance(const Element& item);

/// The state that `status` shows.
State state_of(const Instance& instance);

}  // namespace dmachine::amazonec2

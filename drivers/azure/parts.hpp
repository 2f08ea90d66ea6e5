// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/azure/driver.hpp"

#include <string>

namespace dmachine::azure {

/// What is made on the way and needed further on.
struct AzureDriver::Parts {
  std::string subnet_id;
  std::string security_group_id;
  std::string public_ip_id;  // empty: none
  std::string availability_set_id;
  std::string interface_id;
  std::string public_key;
  Json public_ip = Json::object();
  Json interface = Json::object();
};

}  // namespace dmachine::azure

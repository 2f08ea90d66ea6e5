// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/account.hpp"

namespace dmachine {

std::string_view to_string(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::spot_request:
      return "spot request";
    case ResourceKind::instance:
      return "instance";
    case ResourceKind::network_interface:
      return "network interface";
    case ResourceKind::disk:
      return "disk";
    case ResourceKind::public_ip:
      return "public IP";
    case ResourceKind::key_pair:
      return "key pair";
    case ResourceKind::security_group:
      return "security group";
    case ResourceKind::availability_set:
      return "availability set";
    case ResourceKind::network:
      return "network";
  }
  return "";
}

std::string_view to_string(Cost cost) {
  switch (cost) {
    case Cost::nothing:
      return "none";
    case Cost::storage:
      return "storage";
    case Cost::address:
      return "address";
    case Cost::computing:
      return "computing";
  }
  return "";
}

}  // namespace dmachine

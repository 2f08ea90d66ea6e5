// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/address.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::engine {

namespace {

constexpr int highest_port = 65535;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Errc::invalid, "dial tcp: " + why);
}

void check_port(const std::string& port) {
  const bool digits = port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) {
    refuse(fmt::format("lookup tcp/{}: unknown port", port));
  }
  if (port.size() > 5 || (!port.empty() && std::stoi(port) > highest_port)) {
    refuse(fmt::format("address {}: invalid port", port));
  }
}

}  // namespace

std::string authority_of(const std::string& url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string::npos) {
    return {};
  }
  const std::string rest = url.substr(scheme_end + 3);
  const std::string authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto user_end = authority.rfind('@');
  return user_end == std::string::npos ? authority : authority.substr(user_end + 1);
}

Address parse_address(const std::string& authority) {
  if (authority.empty()) {
    refuse("missing address");
  }
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon == std::string::npos || (bracket != std::string::npos && colon < bracket)) {
    refuse(fmt::format("address {}: missing port in address", authority));
  }
  Address address{authority.substr(0, colon), authority.substr(colon + 1)};
  if (address.host.size() >= 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != std::string::npos) {
    refuse(fmt::format("address {}: too many colons in address", authority));
  }
  check_port(address.port);
  return address;
}

std::string to_string(const Address& address) {
  return address.host.find(':') == std::string::npos
             ? fmt::format("{}:{}", address.host, address.port)
             : fmt::format("[{}]:{}", address.host, address.port);
}

}  // namespace dmachine::engine

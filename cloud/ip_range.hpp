// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace dmachine::cloud {

/// An IP address or network, with IPv4 kept as IPv4-mapped IPv6 so that both forms of an address
/// are the same.
struct IpRange {
  std::array<unsigned char, 16> address{};
  unsigned prefix_bits = 128;

  /// False for what is no IP address, such as a name.
  bool contains(std::string_view ip) const;
  /// Whether all of `other` lies in this one.
  bool contains(const IpRange& other) const;
};

/// `10.0.0.0/8`, `fd00::/8`, or an address alone; nothing for anything else. Pure.
std::optional<IpRange> parse_ip_range(std::string_view text);

}  // namespace dmachine::cloud

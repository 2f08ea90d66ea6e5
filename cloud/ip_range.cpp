// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/ip_range.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace dmachine::cloud {

namespace {

struct Parsed {
  std::array<unsigned char, 16> address{};
  bool ipv4 = false;
};

std::optional<Parsed> parse_ip(std::string_view text) {
  const std::string terminated(text);
  Parsed parsed;
  if (inet_pton(AF_INET6, terminated.c_str(), parsed.address.data()) == 1) {
    return parsed;
  }
  std::array<unsigned char, 4> ipv4{};
  if (inet_pton(AF_INET, terminated.c_str(), ipv4.data()) != 1) {
    return std::nullopt;
  }
  parsed.ipv4 = true;
  parsed.address[10] = 0xFF;
  parsed.address[11] = 0xFF;
  std::memcpy(parsed.address.data() + 12, ipv4.data(), ipv4.size());
  return parsed;
}

}  // namespace

bool IpRange::contains(std::string_view ip) const {
  const auto other = parse_ip(ip);
  return other && contains(IpRange{other->address, 128});
}

bool IpRange::contains(const IpRange& other) const {
  if (other.prefix_bits < prefix_bits) {
    return false;
  }
  for (unsigned bit = 0; bit < prefix_bits; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if (((address[bit / 8] ^ other.address[bit / 8]) & mask) != 0) {
      return false;
    }
  }
  return true;
}

std::optional<IpRange> parse_ip_range(std::string_view text) {
  const auto slash = text.find('/');
  const auto ip = parse_ip(text.substr(0, slash));
  if (!ip) {
    return std::nullopt;
  }
  IpRange range{ip->address, 128};
  if (slash == std::string_view::npos) {
    return range;
  }
  const auto bits = text.substr(slash + 1);
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(bits.data(), bits.data() + bits.size(), value);
  if (failure != std::errc{} || end != bits.data() + bits.size() ||
      value > (ip->ipv4 ? 32U : 128U)) {
    return std::nullopt;
  }
  range.prefix_bits = ip->ipv4 ? value + 96 : value;
  return range;
}

}  // namespace dmachine::cloud

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/values.hpp"

#include "cloud/ip_range.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/azure/names.hpp"
#include "drivers/port_number.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace dmachine::azure {

namespace {

bool has_prefix(std::string_view text, std::string_view prefix) {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool is_word_of_urn(const std::string& text) {
  return !text.empty() && text.find_first_of(" \t\r\n/\"") == std::string::npos;
}

[[noreturn]] void refuse_image(std::string_view text) {
  throw Error(
      Errc::invalid,
      fmt::format("image provided must be an image URN or an ARM resource identifier, got {}",
                  go_quote(text)),
      "a URN is PUBLISHER:OFFER:SKU:VERSION, e.g. canonical:ubuntu-24_04-lts:server:latest");
}

std::string protocol_of(std::string_view text) {
  const std::string word = to_lower(text);
  if (word.empty() || word == "tcp") {
    return "Tcp";
  }
  if (word == "udp") {
    return "Udp";
  }
  if (word == "*") {
    return "*";
  }
  throw Error(Errc::invalid,
              fmt::format("cannot parse security rule protocol: invalid protocol {}", text),
              "wanted is tcp, udp or *");
}

bool is_port_range(const std::string& text) {
  const auto dash = text.find('-');
  const auto first = parse_port_number(std::string_view(text).substr(0, dash));
  const auto last = dash == std::string::npos
                        ? first
                        : parse_port_number(std::string_view(text).substr(dash + 1));
  return text == "*" || (first && last && *first <= *last);
}

void check_tag(const std::string& key, const std::string& value) {
  const bool good_key =
      !key.empty() && key.size() <= 512 && key.find_first_of("<>%&\\?/") == std::string::npos;
  if (!good_key || value.size() > 256) {
    throw Error(Errc::invalid,
                fmt::format("{} is no tag: its key has 1 to 512 characters, none of <>%&\\?/, and "
                            "its value at most 256",
                            go_quote(key)));
  }
}

}  // namespace

ImageReference parse_image(std::string_view text) {
  ImageReference image;
  text = trim(text);
  if (has_prefix(text, "/CommunityGalleries/")) {
    image.community_gallery_id = text;
    return image;
  }
  if (has_prefix(text, "/SharedGalleries/")) {
    image.shared_gallery_id = text;
    return image;
  }
  if (has_prefix(text, "/subscriptions/")) {
    const auto parts = split(text, '/');
    if (std::ranges::count(parts, std::string()) != 1 || parts.size() < 9) {
      refuse_image(text);
    }
    image.id = text;
    return image;
  }
  const auto parts = split(text, ':');
  if (parts.size() != 4 || !std::ranges::all_of(parts, is_word_of_urn)) {
    refuse_image(text);
  }
  image.publisher = parts[0];
  image.offer = parts[1];
  image.sku = parts[2];
  image.version = parts[3];
  return image;
}

GroupedName parse_virtual_network(std::string_view text, const std::string& own_group) {
  const auto colon = text.find(':');
  GroupedName network{own_group, std::string(text)};
  if (colon != std::string_view::npos) {
    network = {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  }
  if (!is_group_name(network.group) || !is_network_name(network.name)) {
    throw Error(Errc::invalid, fmt::format("{} is no virtual network", go_quote(text)),
                "wanted is [RESOURCEGROUP:]NAME, the name of 2 to 64 letters, digits, - _ .");
  }
  return network;
}

GroupedName parse_security_group(std::string_view text, const std::string& own_group) {
  GroupedName group{own_group, std::string(text)};
  if (text.find('/') != std::string_view::npos) {
    // "", subscriptions, S, resourceGroups, RG, providers, Microsoft.Network, networkSecurityGroups
    const auto parts = split(text, '/');
    const bool good = parts.size() == 9 && parts[0].empty() &&
                      equal_ignoring_case(parts[1], "subscriptions") &&
                      equal_ignoring_case(parts[3], "resourceGroups") &&
                      equal_ignoring_case(parts[6], "Microsoft.Network") &&
                      equal_ignoring_case(parts[7], "networkSecurityGroups");
    if (!good) {
      throw Error(Errc::invalid,
                  fmt::format("unable to parse resource ID of network security group: {}", text));
    }
    group = {parts[4], parts[8]};
  }
  if (!is_group_name(group.group) || !is_resource_name(group.name)) {
    throw Error(Errc::invalid, fmt::format("{} is no network security group", go_quote(text)),
                "a name has 1 to 80 letters, digits, - _ .");
  }
  return group;
}

Plan parse_plan(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3 || !std::ranges::all_of(parts, is_word_of_urn)) {
    throw Error(Errc::invalid,
                fmt::format("plan provided must be an valid purchase plan identifier, got {}",
                            go_quote(text)),
                "wanted is PUBLISHER:PRODUCT:PLAN");
  }
  return {parts[0], parts[1], parts[2]};
}

Tags parse_tags(std::string_view text) {
  Tags tags;
  if (text.empty()) {
    return tags;
  }
  const auto words = split(text, ',');
  tags.left_over = words.size() % 2 == 0 ? 0 : words.size();
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string key(trim(words[i]));
    const std::string value(trim(words[i + 1]));
    check_tag(key, value);
    tags.map[key] = value;
  }
  constexpr std::size_t most = 50;
  if (tags.map.size() > most) {
    throw Error(Errc::invalid, fmt::format("{} tags are given, but a resource takes at most {}",
                                           tags.map.size(), most));
  }
  return tags;
}

Port parse_port(std::string_view text) {
  const auto slash = text.find('/');
  Port port{std::string(trim(text.substr(0, slash))),
            protocol_of(slash == std::string_view::npos ? std::string_view()
                                                        : trim(text.substr(slash + 1)))};
  if (!is_port_range(port.port)) {
    throw Error(Errc::invalid, fmt::format("{} is no port", go_quote(text)),
                "wanted is a number or FROM-TO, and then perhaps /tcp, /udp or /*");
  }
  return port;
}

Port parse_swarm_port(std::string_view swarm_host) {
  const auto number = find_swarm_port(swarm_host);
  if (!number) {
    throw Error(Errc::invalid, fmt::format("Could not parse swarm port in {}: it names no port",
                                           go_quote(swarm_host)));
  }
  return {std::to_string(*number), "Tcp"};
}

bool is_ipv4_address(std::string_view text) {
  in_addr address{};
  return inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

bool is_ipv4_network(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || !cloud::parse_ip_range(text)) {
    return false;
  }
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text.substr(0, slash)).c_str(), &address) != 1) {
    return false;
  }
  const auto bits = static_cast<unsigned>(std::stoul(std::string(text.substr(slash + 1))));
  const std::uint32_t host_mask = bits == 0 ? ~0U : (bits >= 32 ? 0U : (~0U >> bits));
  return (ntohl(address.s_addr) & host_mask) == 0;
}

bool is_source(std::string_view text) {
  return cloud::parse_ip_range(text).has_value();
}

bool is_within(std::string_view network, const std::vector<std::string>& spaces) {
  const auto wanted = cloud::parse_ip_range(network);
  return wanted && std::ranges::any_of(spaces, [&](const std::string& space) {
           const auto range = cloud::parse_ip_range(space);
           return range && range->contains(*wanted);
         });
}

std::optional<double> parse_price(std::string_view text) {
  const std::string copy(trim(text));
  if (copy == "-1") {
    return -1;
  }
  const auto dot = copy.find('.');
  const bool is_decimal = !copy.empty() && copy.size() < 16 &&
                          copy.find_first_not_of("0123456789.") == std::string::npos &&
                          std::ranges::count(copy, '.') <= 1 && copy != ".";
  if (!is_decimal || (dot != std::string::npos && copy.size() - dot - 1 > 5)) {
    return std::nullopt;
  }
  const double price = std::strtod(copy.c_str(), nullptr);
  return price > 0 ? std::optional(price) : std::nullopt;
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/values.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "drivers/port_number.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view small_letters = "abcdefghijklmnopqrstuvwxyz";

bool is_all_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

void check_tag(const std::string& key, const std::string& value) {
  const auto refuse = [&](std::string_view why) {
    throw Error(Errc::invalid, fmt::format("{} is no tag: {}", go_quote(key), why));
  };
  if (key.empty() || count_runes(key) > 127) {
    refuse("a key has 1 to 127 characters");
  }
  if (to_lower(key).starts_with("aws:")) {
    refuse("keys that begin with \"aws:\" belong to AWS");
  }
  if (count_runes(value) > 256) {
    refuse("a value has at most 256 characters");
  }
}

}  // namespace

Tags parse_tags(std::string_view text) {
  Tags tags;
  if (text.empty()) {
    return tags;
  }
  const auto words = split(text, ',');
  if (words.size() % 2 != 0) {
    throw Error(Errc::invalid,
                fmt::format("Tags are not key value in pairs. {} elements found", words.size()),
                "KEY1,VALUE1,KEY2,VALUE2 is wanted; keys and values cannot hold a comma");
  }
  for (std::size_t i = 0; i < words.size(); i += 2) {
    check_tag(words[i], words[i + 1]);
    const auto same = [&](const auto& tag) { return tag.first == words[i]; };
    if (std::ranges::any_of(tags, same)) {
      throw Error(Errc::invalid, fmt::format("the key {} is there twice", go_quote(words[i])));
    }
    tags.emplace_back(words[i], words[i + 1]);
  }
  // EC2 takes 50 for a resource; Name is one of them.
  if (tags.size() > 49) {
    throw Error(
        Errc::invalid,
        fmt::format("{} tags are given, but EC2 takes 49 beside the machine's name", tags.size()));
  }
  return tags;
}

Port parse_port(std::string_view text) {
  const auto slash = text.find('/');
  const auto number = parse_port_number(text.substr(0, slash));
  if (!number) {
    const auto port = text.substr(0, slash);
    throw Error(Errc::invalid,
                fmt::format("invalid port number {}: strconv.ParseInt: parsing {}: {}", port,
                            go_quote(port),
                            is_all_of(port, digits) ? "value out of range" : "invalid syntax"),
                "PORT or PORT/PROTOCOL is wanted, e.g. 8080/tcp");
  }
  Port port{*number, "tcp"};
  if (slash != std::string_view::npos) {
    port.protocol = to_lower(text.substr(slash + 1));
  }
  if (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "icmp" &&
      !is_all_of(port.protocol, digits)) {
    throw Error(Errc::invalid, fmt::format("{} is no protocol", go_quote(port.protocol)),
                "tcp, udp, icmp or a protocol's number is wanted");
  }
  return port;
}

Port parse_swarm_port(std::string_view swarm_host) {
  const auto number = find_swarm_port(swarm_host);
  if (!number) {
    throw Error(Errc::invalid,
                fmt::format("error parsing swarm host: {} names no port", go_quote(swarm_host)));
  }
  return {*number, "tcp"};
}

bool is_region(std::string_view text) {
  const auto parts = split(text, '-');
  if (parts.size() < 3 || parts.front().size() < 2 || parts.front().size() > 4 ||
      !is_all_of(parts.back(), digits)) {
    return false;
  }
  return std::all_of(parts.begin(), parts.end() - 1,
                     [](const std::string& part) { return is_all_of(part, small_letters); });
}

std::string zone_name(std::string_view region, std::string_view zone, bool has_endpoint) {
  const bool is_letter = zone.size() == 1 && is_all_of(zone, small_letters);
  if (is_letter) {
    return fmt::format("{}{}", region, zone);
  }
  if (has_endpoint || (zone.starts_with(region) && zone.size() > region.size())) {
    return std::string(zone);
  }
  throw Error(Errc::invalid,
              fmt::format("the zone {} does not lie in the region {}", go_quote(zone), region),
              fmt::format("a letter is wanted, or a whole name such as {}a", region));
}

std::string zone_letter(std::string_view region, std::string_view zone, bool has_endpoint) {
  const bool has_region = zone.starts_with(region) && zone.size() > region.size();
  return std::string(has_region && !has_endpoint ? zone.substr(region.size()) : zone);
}

bool is_price(std::string_view text) {
  const auto dot = text.find('.');
  std::string all(text.substr(0, dot));
  if (dot != std::string_view::npos) {
    all += text.substr(dot + 1);
  }
  return is_all_of(all, digits) && all.find_first_not_of('0') != std::string::npos;
}

bool is_group_id(std::string_view text) {
  return text.starts_with("sg-") && text.size() >= 11 &&
         is_all_of(text.substr(3), "0123456789abcdef");
}

bool is_group_name(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" ._-:/()#,@[]+=&;{}!$*").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 255 && !text.starts_with("sg-") &&
         std::ranges::all_of(text, is_good);
}

std::optional<std::string> architecture_of(std::string_view instance_type) {
  const auto family = instance_type.substr(0, instance_type.find('.'));
  const auto generation = family.find_first_of(digits);
  if (family.size() == instance_type.size() || generation == 0 ||
      generation == std::string_view::npos ||
      !is_all_of(family.substr(0, generation), small_letters) || family.starts_with("mac")) {
    return std::nullopt;
  }
  const auto letters =
      family.substr(family.find_first_not_of(digits, generation) == std::string_view::npos
                        ? family.size()
                        : family.find_first_not_of(digits, generation));
  if (!letters.empty() && !is_all_of(letters, small_letters)) {
    return std::nullopt;
  }
  const bool is_arm = family == "a1" || letters.find('g') != std::string_view::npos;
  return is_arm ? "arm64" : "x86_64";
}

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/names.hpp"

#include "cloud/digest.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace dmachine::azure {

namespace {

constexpr std::size_t longest_host_name = 63;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}
bool is_one_of(char c, std::string_view others) {
  return is_word(c) || others.find(c) != std::string_view::npos;
}

bool consists_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) { return is_one_of(c, others); });
}

}  // namespace

bool is_machine_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_machine_name && is_word(text.front()) &&
         is_word(text.back()) && consists_of(text, "-.");
}

bool is_group_name(std::string_view text) {
  return !text.empty() && text.size() <= 90 && text.back() != '.' && consists_of(text, "_-.()");
}

bool is_resource_name(std::string_view text) {
  return !text.empty() && text.size() <= 80 && is_word(text.front()) &&
         is_one_of(text.back(), "_") && consists_of(text, "_-.");
}

bool is_network_name(std::string_view text) {
  return text.size() >= 2 && text.size() <= 64 && is_resource_name(text);
}

bool is_dns_label(std::string_view text) {
  const auto is_small = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  return text.size() >= 3 && text.size() <= 63 && !is_digit(text.front()) &&
         is_small(text.front()) && is_small(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return is_small(c) || c == '-'; });
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_hex) {
      return false;
    }
  }
  return true;
}

bool is_user_name(std::string_view text) {
  static constexpr std::array<std::string_view, 36> reserved{
      "1",      "123",           "a",      "actuser", "adm",     "admin",   "admin1",
      "admin2", "administrator", "aspnet", "backup",  "console", "david",   "guest",
      "john",   "owner",         "root",   "server",  "sql",     "support", "support_388945a0",
      "sys",    "test",          "test1",  "test2",   "test3",   "user",    "user1",
      "user2",  "user3",         "user4",  "user5",   "video",   "daemon",  "nobody",
      "sshd"};
  return !text.empty() && text.size() <= 32 && (is_letter(text.front()) || text.front() == '_') &&
         consists_of(text, "_-.") && std::ranges::find(reserved, to_lower(text)) == reserved.end();
}

std::string computer_name(std::string_view machine) {
  std::string name(machine);
  std::ranges::replace_if(
      name, [](char c) { return !is_one_of(c, "-"); }, '-');
  if (name == machine && name.size() <= longest_host_name) {
    return name;
  }
  const std::string mark = "-" + cloud::to_hex(cloud::sha256(machine)).substr(0, 8);
  name.resize(std::min(name.size(), longest_host_name - mark.size()));
  while (name.ends_with('-')) {
    name.pop_back();
  }
  return name + mark;
}

std::string normalise_location(std::string_view location) {
  std::string text = to_lower(location);
  std::erase(text, ' ');
  return text;
}

std::string interface_name(std::string_view machine) {
  return std::string(machine) + "-nic";
}
std::string public_ip_name(std::string_view machine) {
  return std::string(machine) + "-ip";
}
std::string security_group_name(std::string_view machine) {
  return std::string(machine) + "-firewall";
}
std::string disk_name(std::string_view machine) {
  return std::string(machine) + "-os-disk";
}

}  // namespace dmachine::azure

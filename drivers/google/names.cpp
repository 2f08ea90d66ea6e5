// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/names.hpp"

#include <algorithm>

namespace dmachine::google {

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}
bool is_name_char(char c) {
  return is_lower_or_digit(c) || c == '-';
}

/// Labels may hold the small letters of any language; of those we look at nothing but that they are
/// no ASCII.
bool is_label_char(char c) {
  return is_name_char(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name && is_lower(text.front()) &&
         is_lower_or_digit(text.back()) && std::ranges::all_of(text, is_name_char);
}

bool is_project(std::string_view text) {
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    const auto domain = text.substr(0, colon);
    const auto is_domain_char = [](char c) { return is_name_char(c) || c == '.'; };
    if (domain.empty() || !std::ranges::all_of(domain, is_domain_char)) {
      return false;
    }
    text.remove_prefix(colon + 1);
  }
  return !text.empty() && text.size() <= longest_name && is_lower_or_digit(text.front()) &&
         is_lower_or_digit(text.back()) && std::ranges::all_of(text, is_name_char);
}

bool is_zone(std::string_view text) {
  const auto last = text.rfind('-');
  return is_name(text) && last != std::string_view::npos &&
         text.substr(0, last).find('-') != std::string_view::npos && is_lower(text[last + 1]);
}

bool is_type_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, is_name_char);
}

bool is_metadata_key(std::string_view text) {
  const auto good = [](char c) { return is_name_char(c) || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, good);
}

bool is_label_key(std::string_view text) {
  return !text.empty() && (is_lower(text.front()) || static_cast<unsigned char>(text[0]) >= 0x80) &&
         is_label_value(text);
}

bool is_label_value(std::string_view text) {
  return characters(text) <= 63 && std::ranges::all_of(text, is_label_char);
}

std::string region_of(std::string_view zone) {
  return std::string(zone.substr(0, zone.rfind('-')));
}

std::string disk_name(std::string_view machine) {
  return std::string(machine) + "-disk";
}

}  // namespace dmachine::google

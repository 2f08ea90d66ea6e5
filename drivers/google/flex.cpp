// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/flex.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/google/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

namespace dmachine::google {

namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 8> duration_units{{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},
    {"\u03bcs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

constexpr double longest_duration = 366.0 * 24 * 3600 * 1e9;

}  // namespace

FlexSelection parse_flex_selection(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return Error(Errc::invalid, fmt::format("--google-flex-selection {}: {}", go_quote(text), why));
  };
  FlexSelection selection;
  std::set<std::string> seen;
  const auto number = [&](const std::string& key, const std::string& value) {
    const auto parsed = parse_go_int(value);
    if (!parsed || *parsed < 0) {
      throw refuse(fmt::format("{} {} is not a non-negative integer", key, go_quote(value)));
    }
    return *parsed;
  };
  for (const auto& part : split(text, ',')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos) {
      throw refuse(fmt::format("element {} is not key=value", go_quote(part)));
    }
    const std::string key(trim(std::string_view(part).substr(0, equals)));
    const std::string value(trim(std::string_view(part).substr(equals + 1)));
    if (!seen.insert(key).second) {
      throw refuse(fmt::format("duplicate key {}", go_quote(key)));
    }
    if (value.empty()) {
      throw refuse(fmt::format("empty value for key {}", go_quote(key)));
    }
    if (key == "machine-type") {
      selection.machine_type = value;
    } else if (key == "disk-type") {
      selection.disk_type = value;
    } else if (key == "disk-iops") {
      selection.iops = number(key, value);
    } else if (key == "disk-throughput") {
      selection.throughput = number(key, value);
    } else {
      log::warn("--google-flex-selection {}: key {} is unknown and ignored", go_quote(text),
                go_quote(key));
    }
  }
  if (selection.machine_type.empty()) {
    throw refuse("missing required key machine-type");
  }
  for (const auto* type : {&selection.machine_type, &selection.disk_type}) {
    if (!type->empty() && !is_type_name(*type)) {
      throw refuse(fmt::format("{} is no type's name", go_quote(*type)));
    }
  }
  if (selection.disk_type.empty() && (selection.iops > 0 || selection.throughput > 0)) {
    throw refuse("disk-iops/disk-throughput require disk-type");
  }
  return selection;
}

LocationZone parse_location_zone(std::string_view text) {
  const auto colon = text.find(':');
  LocationZone location{std::string(trim(text.substr(0, colon))), "ALLOW"};
  if (!is_zone(location.zone)) {
    throw Error(Errc::invalid,
                fmt::format("--google-location-zone {}: {} is no zone such as us-central1-a",
                            go_quote(text), go_quote(location.zone)));
  }
  if (colon != std::string_view::npos) {
    const auto preference = trim(text.substr(colon + 1));
    if (equal_ignoring_case(preference, "DENY")) {
      location.preference = "DENY";
    } else if (!equal_ignoring_case(preference, "ALLOW")) {
      log::warn("--google-location-zone {}: preference {} is unknown and counts as ALLOW",
                go_quote(text), go_quote(preference));
    }
  }
  return location;
}

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  if (text == "0") {
    return std::chrono::nanoseconds(0);
  }
  if (text.empty()) {
    return std::nullopt;
  }
  double sum = 0;
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string number(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto word = text.substr(0, letters);
    text.remove_prefix(letters);
    const auto unit =
        std::ranges::find(duration_units, word, &std::pair<std::string_view, std::int64_t>::first);
    const bool is_number = number.find_first_of("0123456789") != std::string::npos &&
                           std::ranges::count(number, '.') <= 1;
    if (!is_number || unit == duration_units.end()) {
      return std::nullopt;
    }
    sum += std::strtod(number.c_str(), nullptr) * static_cast<double>(unit->second);
  }
  if (sum > longest_duration) {
    return std::nullopt;
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(sum));
}

}  // namespace dmachine::google

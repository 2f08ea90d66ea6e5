// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/placement_options.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/checked_option.hpp"
#include "drivers/google/flex.hpp"
#include "drivers/google/names.hpp"
#include "drivers/google/options.hpp"
#include "drivers/google/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace dmachine::google {

namespace {

constexpr std::string_view type_example = "the name of a machine type such as e2-standard-2";

std::string checked_word(const OptionValues& values, std::string_view flag,
                         std::initializer_list<std::string_view> words) {
  const std::string& text = values.text(flag);
  if (text.empty()) {
    return text;
  }
  for (const std::string_view word : words) {
    if (equal_ignoring_case(text, word)) {
      return std::string(word);
    }
  }
  throw Error(Errc::invalid,
              fmt::format("invalid value {} for {}: expected {}", go_quote(text),
                          values.name_with_origin(flag),
                          join(std::vector<std::string>(words.begin(), words.end()), " or ")));
}

/// A list that was a single value in Docker Machine, which is checked and refused as it was there.
std::vector<std::string> checked_list(const OptionValues& values, std::string_view flag,
                                      bool (*is_good)(std::string_view),
                                      std::string_view expected) {
  const std::string& text = values.text(flag);
  if (text.find(',') == std::string::npos) {
    return {checked_text(values, flag, is_good, expected)};
  }
  auto elements = parse_candidate_list(std::string(flag), text);
  for (const auto& element : elements) {
    if (!is_good(element)) {
      throw Error(Errc::invalid,
                  fmt::format("invalid value {} for {}: expected {}", go_quote(element),
                              values.name_with_origin(flag), expected));
    }
  }
  return elements;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// --google-fallback on-demand
bool falls_back(const StoredState& state, const OptionValues& values) {
  const bool wanted = !checked_word(values, "google-fallback", {"on-demand"}).empty();
  if (wanted && !is_spot(state)) {
    throw Error(Errc::invalid,
                "--google-fallback on-demand requires --google-provisioning-model spot (or "
                "--google-preemptible): without it nothing else is tried first");
  }
  return wanted;
}

std::chrono::nanoseconds checked_duration(const OptionValues& values, std::string_view flag) {
  const auto duration = parse_go_duration(values.text(flag));
  if (!duration) {
    throw Error(Errc::invalid,
                fmt::format("invalid value {} for {}: expected a duration such as "
                            "5m0s",
                            go_quote(values.text(flag)), values.name_with_origin(flag)));
  }
  return *duration;
}

void refuse_with_bulk(bool is_given, const char* sentence) {
  if (is_given) {
    throw Error(Errc::invalid, sentence);
  }
}

void bulk_from_options(StoredState& state, const OptionValues& values) {
  const auto is_default = [&](std::string_view flag) {
    return values.text(flag) == OptionValues(options()).text(flag);
  };
  if (values.text("google-region").empty()) {
    throw Error(Errc::invalid, "--google-bulk-insert requires --google-region");
  }
  refuse_with_bulk(!is_default("google-zone"),
                   "--google-bulk-insert and --google-zone are mutually exclusive: bulkInsert "
                   "picks the zone from --google-location-zone");
  refuse_with_bulk(state.use_existing,
                   "--google-bulk-insert and --google-use-existing are mutually exclusive: "
                   "bulkInsert provisions a new VM");
  refuse_with_bulk(!values.text("google-address").empty(),
                   "--google-address is not supported with --google-bulk-insert: bulkInsert does "
                   "not accept custom external IPs");
  refuse_with_bulk(values.text("google-machine-type").find(',') != std::string::npos,
                   "--google-bulk-insert takes one --google-machine-type; more are given by "
                   "--google-flex-selection");
  refuse_with_bulk(!values.text("google-fallback").empty(),
                   "--google-fallback is not supported with --google-bulk-insert");
  state.zone.clear();
  state.region = checked_text(values, "google-region", &is_name, "a region such as us-central1");
  state.flex_selections = values.list("google-flex-selection");
  std::ranges::for_each(state.flex_selections,
                        [](const auto& text) { parse_flex_selection(text); });
  state.location_zones = values.list("google-location-zone");
  for (const auto& text : state.location_zones) {
    if (const auto location = parse_location_zone(text); region_of(location.zone) != state.region) {
      throw Error(Errc::invalid, fmt::format("--google-location-zone {}: it is no zone of the "
                                             "region {}",
                                             go_quote(text), go_quote(state.region)));
    }
  }
}

}  // namespace

void market_from_options(StoredState& state, const OptionValues& values) {
  state.preemptible = values.boolean("google-preemptible");
  state.provisioning_model =
      upper(checked_word(values, "google-provisioning-model", {"spot", "standard"}));
  state.termination_action =
      upper(checked_word(values, "google-instance-termination-action", {"stop", "delete"}));
  if (state.preemptible && state.provisioning_model == "STANDARD") {
    throw Error(Errc::invalid,
                "--google-preemptible and --google-provisioning-model standard exclude each other");
  }
  if (!state.termination_action.empty() && state.provisioning_model != spot_model) {
    throw Error(Errc::invalid,
                "--google-instance-termination-action requires --google-provisioning-model spot");
  }
}

void place_from_options(StoredState& state, const OptionValues& values) {
  state.bulk_insert = values.boolean("google-bulk-insert");
  state.flex_cooldown = checked_duration(values, "google-flex-stockout-cooldown");
  state.flex_probe_lease = checked_duration(values, "google-flex-stockout-probe-lease");
  if (state.bulk_insert) {
    return bulk_from_options(state, values);
  }
  for (const auto* flag : {"google-flex-selection", "google-location-zone"}) {
    if (!values.list(flag).empty()) {
      throw Error(Errc::invalid, fmt::format("--{} requires --google-bulk-insert", flag));
    }
  }
  if (state.flex_cooldown.count() > 0) {
    throw Error(Errc::invalid, "--google-flex-stockout-cooldown requires --google-bulk-insert");
  }
  state.region = values.text("google-region");
}

void candidates_from_options(StoredState& state, const OptionValues& values) {
  if (state.bulk_insert) {
    state.machine_type = checked_text(values, "google-machine-type", &is_type_name, type_example);
    return;
  }
  const auto zones = checked_list(values, "google-zone", &is_zone, "a zone such as us-central1-a");
  state.zone = zones.front();
  if (state.use_existing) {
    if (zones.size() > 1) {
      throw Error(Errc::invalid,
                  "--google-use-existing takes one --google-zone: that of the instance");
    }
    return;
  }
  const auto types = checked_list(values, "google-machine-type", &is_type_name, type_example);
  state.machine_type = types.front();
  std::vector<Candidate> places;
  for (const auto& zone : zones) {
    places.push_back({zone, "", "", false});
    if (!state.address.empty() && region_of(zone) != region_of(zones.front())) {
      throw Error(Errc::invalid,
                  "--google-address lies in one region, but --google-zone names several");
    }
  }
  auto all = make_candidates(places, types, is_spot(state), falls_back(state, values));
  if (all.size() > 1) {
    state.candidates = std::move(all);
  }
}

}  // namespace dmachine::google

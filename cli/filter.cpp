// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/filter.hpp"

#include "cli/regexp.hpp"
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

bool any_equal(const std::vector<std::string>& wanted, std::string_view value) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
           return equal_ignoring_case(one, value);
         });
}

bool matches_name(const std::vector<std::string>& patterns, const machine::Machine& machine) {
  if (patterns.empty()) {
    return true;
  }
  // The reference asks the driver for the name, so a machine whose folder was renamed is found by
  // its old one.
  std::string name = JsonFields(machine.driver->to_json(), "Driver").text("MachineName");
  name = name.empty() ? machine.name : name;
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return Regexp(pattern).matches(name); });
}

bool matches_state(const Context& ctx, const std::vector<std::string>& states,
                   machine::Machine& machine) {
  if (states.empty()) {
    return true;
  }
  try {
    return any_equal(states, to_string(machine.driver->state(ctx)));
  } catch (const Error& error) {
    log::debug("state of {}: {}", machine.name, error.what());
    return false;
  }
}

/// K=V: the key exactly, the value ignoring case.
bool has_label(const std::vector<std::string>& labels, const std::string& wanted) {
  const auto wanted_end = wanted.find('=');
  return std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
    const auto end = label.find('=');
    return label.substr(0, end) == wanted.substr(0, wanted_end) &&
           (end == std::string::npos) == (wanted_end == std::string::npos) &&
           (end == std::string::npos ||
            equal_ignoring_case(label.substr(end), wanted.substr(wanted_end)));
  });
}

bool matches_label(const std::vector<std::string>& wanted, const machine::Machine& machine) {
  const auto& labels = machine.options.engine.labels;
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& one) {
           return has_label(labels, one);
         });
}

/// Whether the machine's swarm has one of the wanted masters.
bool matches_swarm(const std::vector<std::string>& wanted, const machine::Machine& machine,
                   const std::vector<machine::Machine>& all) {
  const std::string& discovery = machine.options.swarm.discovery;
  return wanted.empty() ||
         (!discovery.empty() &&
          std::any_of(all.begin(), all.end(), [&](const machine::Machine& master) {
            return master.options.swarm.master && master.options.swarm.discovery == discovery &&
                   any_equal(wanted, master.name);
          }));
}

}  // namespace

Filters parse_filters(const std::vector<std::string>& words) {
  Filters filters;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      throw Error(Errc::usage, "Unsupported filter syntax");
    }
    const std::string key = to_lower(word.substr(0, equals));
    const std::string value = word.substr(equals + 1);
    if (key == "driver") {
      filters.drivers.push_back(value);
    } else if (key == "state") {
      filters.states.push_back(value);
    } else if (key == "name") {
      const Regexp checked(value);
      filters.names.push_back(value);
    } else if (key == "swarm") {
      filters.swarms.push_back(value);
    } else if (key == "label") {
      filters.labels.push_back(value);
    } else {
      throw Error(Errc::usage, fmt::format("Unsupported filter key '{}'", key));
    }
  }
  return filters;
}

std::vector<machine::Machine> filter_machines(const Context& ctx,
                                              std::vector<machine::Machine> machines,
                                              const Filters& filters) {
  if (filters.empty()) {
    return machines;
  }
  std::vector<bool> keep;
  for (auto& machine : machines) {
    keep.push_back(any_equal(filters.drivers, machine.driver_name) &&
                   matches_name(filters.names, machine) && matches_label(filters.labels, machine) &&
                   matches_swarm(filters.swarms, machine, machines) &&
                   matches_state(ctx, filters.states, machine));
  }
  std::vector<machine::Machine> kept;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    if (keep[i]) {
      kept.push_back(std::move(machines[i]));
    }
  }
  return kept;
}

}  // namespace dmachine::cli

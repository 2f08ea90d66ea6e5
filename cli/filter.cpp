// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/filter.hpp"

#include "cli/regexp.hpp"
#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"
#include "machine/states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

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
  // its old one. A driver that is missing there answers with its own.
  std::vector<std::string> names{
      JsonFields(machine.driver->to_json(), "Driver").text("MachineName")};
  if (names.front().empty()) {
    names.front() = machine.name;
  }
  if (find_driver_type(machine.driver_name) == nullptr) {
    names.push_back(machine.driver_name);
  }
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const Regexp expression(pattern);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return expression.matches(name); });
  });
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

void keep(std::vector<machine::Machine>& machines, const std::vector<bool>& which) {
  std::vector<machine::Machine> kept;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    if (which[i]) {
      kept.push_back(std::move(machines[i]));
    }
  }
  machines = std::move(kept);
}

void filter_by_state(const Context& ctx, machine::LoadedStore& store,
                     const std::vector<std::string>& states) {
  std::vector<machine::Machine*> machines;
  for (auto& machine : store.machines) {
    machines.push_back(&machine);
  }
  store.answers = machine::ask_states(ctx, machines);
  std::vector<bool> matching;
  for (const auto& machine : store.machines) {
    matching.push_back(any_equal(states, to_string(store.answers.at(machine.name).state)));
  }
  keep(store.machines, matching);
}

/// Names of masters by the swarm's discovery, the last one counting. Machines without a swarm have
/// an empty one, too.
using Masters = std::map<std::string, std::string>;

Masters masters_of(const std::vector<machine::Machine>& machines) {
  Masters masters;
  for (const auto& machine : machines) {
    if (machine.options.swarm.master) {
      masters[machine.options.swarm.discovery] = machine.name;
    }
  }
  return masters;
}

/// Whether the master of the machine's swarm is a wanted one.
bool matches_swarm(const std::vector<std::string>& wanted, const machine::Machine& machine,
                   const Masters& masters) {
  const auto master = masters.find(machine.options.swarm.discovery);
  return any_equal(wanted, master == masters.end() ? "" : master->second);
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

void filter_machines(const Context& ctx, machine::LoadedStore& store, const Filters& filters) {
  if (filters.empty()) {
    return;
  }
  const Masters masters = masters_of(store.machines);
  std::vector<bool> matching;
  for (const auto& machine : store.machines) {
    matching.push_back(
        any_equal(filters.drivers, machine.driver_name) && matches_name(filters.names, machine) &&
        matches_label(filters.labels, machine) && matches_swarm(filters.swarms, machine, masters));
  }
  keep(store.machines, matching);
  if (!filters.states.empty()) {
    filter_by_state(ctx, store, filters.states);
  }
}

}  // namespace dmachine::cli

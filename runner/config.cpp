// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/config.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

namespace dmachine::runner {

namespace {

/// The runner's TOML library takes a key in any case where the exact one is missing.
const toml::node* find(const toml::table& table, std::string_view key) {
  if (const auto* exact = table.get(key)) {
    return exact;
  }
  for (const auto& [other, node] : table) {
    if (to_lower(other.str()) == to_lower(key)) {
      return &node;
    }
  }
  return nullptr;
}

/// Values of one table; what has another type than the runner's field is a fault.
class Reader {
 public:
  Reader(const toml::table& table, std::vector<std::string>& faults)
      : table_(table), faults_(faults) {}

  std::string text(std::string_view key) const {
    const auto* node = find(table_, key);
    if (node == nullptr) {
      return {};
    }
    const auto value = node->value_exact<std::string>();
    return value ? *value : fault<std::string>(*node, key, "a text in quotes");
  }

  std::int64_t integer(std::string_view key) const {
    const auto* node = find(table_, key);
    if (node == nullptr) {
      return 0;
    }
    const auto value = node->value_exact<std::int64_t>();
    return value ? *value : fault<std::int64_t>(*node, key, "a whole number");
  }

  void check_float(std::string_view key) const {
    const auto* node = find(table_, key);
    if (node != nullptr && !node->is_floating_point()) {
      fault<double>(*node, key, "a number with a point, such as 1.0");
    }
  }

  std::vector<std::string> texts(std::string_view key) const {
    const auto* node = find(table_, key);
    std::vector<std::string> texts;
    if (node == nullptr) {
      return texts;
    }
    if (!node->is_array()) {
      return fault<std::vector<std::string>>(*node, key, "a list of texts in brackets");
    }
    for (const auto& element : *node->as_array()) {
      const auto value = element.value_exact<std::string>();
      texts.push_back(value ? *value : fault<std::string>(element, key, "a list of texts"));
    }
    return texts;
  }

 private:
  template <typename T>
  T fault(const toml::node& node, std::string_view key, std::string_view right) const {
    faults_.push_back(fmt::format("line {}: {} must be {}", node.source().begin.line, key, right));
    return {};
  }

  const toml::table& table_;
  std::vector<std::string>& faults_;
};

constexpr std::array known_keys{
    "MachineDriver",   "MachineName",  "MachineOptions", "MachineOptionsWithName",
    "IdleCount",       "IdleTime",     "MaxBuilds",      "MaxGrowthRate",
    "IdleScaleFactor", "IdleCountMin", "autoscaling",    "MaxRemovalAttempts",
};
/// Gone in gitlab-runner 14.0.
constexpr std::array old_keys{"OffPeakPeriods", "OffPeakTimezone", "OffPeakIdleCount",
                              "OffPeakIdleTime"};

bool contains(const auto& keys, std::string_view key) {
  return std::ranges::any_of(keys,
                             [&](const char* known) { return to_lower(known) == to_lower(key); });
}

void check_keys(const toml::table& machine, std::vector<std::string>& unread) {
  for (const auto& [key, node] : machine) {
    if (contains(old_keys, key.str())) {
      unread.push_back(fmt::format(
          "line {}: {} is not read since gitlab-runner 14.0: use [[runners.machine.autoscaling]]",
          node.source().begin.line, key.str()));
    } else if (!contains(known_keys, key.str())) {
      unread.push_back(fmt::format("line {}: {} is no key of [runners.machine]: it is not read",
                                   node.source().begin.line, key.str()));
    }
  }
}

void read_machine(const toml::table& machine, Section& section) {
  const Reader reader(machine, section.faults);
  section.has_machine = true;
  section.machine_driver = reader.text("MachineDriver");
  section.machine_name = reader.text("MachineName");
  section.machine_options = reader.texts("MachineOptions");
  section.machine_options_with_name = reader.texts("MachineOptionsWithName");
  section.idle_count = reader.integer("IdleCount");
  section.idle_time = reader.integer("IdleTime");
  section.max_builds = reader.integer("MaxBuilds");
  section.max_growth_rate = reader.integer("MaxGrowthRate");
  reader.check_float("IdleScaleFactor");
  check_keys(machine, section.unread);
}

Section read_section(const toml::table& table, std::size_t number) {
  Section section;
  const Reader reader(table, section.faults);
  section.name = reader.text("name");
  if (section.name.empty()) {
    section.name = fmt::format("#{}", number);
  }
  section.token = reader.text("token");
  section.executor = reader.text("executor");
  section.limit = reader.integer("limit");
  section.environment = reader.texts("environment");
  const auto* machine = find(table, "machine");
  if (machine != nullptr && machine->is_table()) {
    read_machine(*machine->as_table(), section);
  } else if (machine != nullptr) {
    section.faults.push_back(fmt::format("line {}: machine must be a table: [runners.machine]",
                                         machine->source().begin.line));
  }
  return section;
}

toml::table parse(const std::string& text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Error(Errc::invalid, fmt::format("line {}, column {}: {}", error.source().begin.line,
                                           error.source().begin.column, error.description()));
  }
}

}  // namespace

Config parse_config(const std::string& text) {
  const toml::table table = parse(text);
  Config config;
  std::vector<std::string> faults;
  config.concurrent = Reader(table, faults).integer("concurrent");
  const auto* runners = find(table, "runners");
  if (runners == nullptr) {
    return config;
  }
  if (!runners->is_array()) {
    throw Error(Errc::invalid, fmt::format("line {}: runners must be a list of tables: [[runners]]",
                                           runners->source().begin.line));
  }
  for (const auto& node : *runners->as_array()) {
    if (!node.is_table()) {
      throw Error(Errc::invalid,
                  fmt::format("line {}: runners must be a list of tables: [[runners]]",
                              node.source().begin.line));
    }
    config.sections.push_back(read_section(*node.as_table(), config.sections.size() + 1));
  }
  return config;
}

}  // namespace dmachine::runner

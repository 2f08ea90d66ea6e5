// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/complete_value.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"

#include <fmt/format.h>

#include <array>

namespace dmachine::cli {

namespace {

using Candidate = Completion::Candidate;

std::vector<Candidate> drivers(std::string_view before) {
  std::vector<Candidate> all;
  for (const DriverType* type : driver_types()) {
    all.push_back({fmt::format("{}{}", before, type->name), std::string(type->summary)});
  }
  return all;
}

std::vector<Candidate> states() {
  std::vector<Candidate> all;
  for (const State state : {State::running, State::paused, State::saved, State::stopped,
                            State::stopping, State::starting, State::error}) {
    all.push_back({fmt::format("state={}", to_string(state)), ""});
  }
  return all;
}

std::vector<Candidate> machines(std::string_view before, const machine::Store& store) {
  std::vector<Candidate> all;
  for (const auto& name : machine_names(store)) {
    all.push_back({fmt::format("{}{}", before, name), "machine"});
  }
  return all;
}

/// The keys of `ls --filter`, or the values behind one.
std::vector<Candidate> filters(std::string_view typed, const machine::Store& store) {
  const std::string key = to_lower(typed.substr(0, typed.find('=')));
  if (typed.find('=') == std::string_view::npos) {
    return {{"driver=", "machines of a driver"},
            {"label=", "machines whose engine has a label: label=KEY=VALUE"},
            {"name=", "machines whose name matches a pattern"},
            {"state=", "machines in a state"},
            {"swarm=", "machines of a swarm, by its master"}};
  }
  if (key == "driver") {
    return drivers("driver=");
  }
  if (key == "state") {
    return states();
  }
  return key == "name" || key == "swarm" ? machines(key + "=", store) : std::vector<Candidate>();
}

}  // namespace

Completion complete_value(const Option& option, std::string_view typed,
                          const machine::Store& store) {
  if (option.values == "FILE") {
    return {{}, Completion::Files::files};
  }
  if (option.values == "FOLDER") {
    return {{}, Completion::Files::folders};
  }
  if (option.values == "DRIVER") {
    return {drivers("")};
  }
  if (option.values == "FILTER") {
    return {filters(typed, store)};
  }
  Completion completion;
  const std::string_view values =
      option.kind == Option::Kind::boolean ? std::string_view("true|false") : option.values;
  if (!values.empty()) {
    for (auto& value : split(values, '|')) {
      completion.candidates.push_back({std::move(value), ""});
    }
  }
  return completion;
}

std::vector<std::string> machine_names(const machine::Store& store) {
  std::vector<std::string> names;
  try {
    names = store.names();
  } catch (const Error&) {
    return {};  // completion is no place to complain
  }
  std::erase_if(names, [](const std::string& name) { return !machine::is_valid_name(name); });
  return names;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/runner_check.hpp"

#include "cli/create_options.hpp"
#include "cli/examine.hpp"
#include "cli/suggest.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "runner/machine_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

using Level = Finding::Level;
using Findings = std::vector<Finding>;

/// HOST_NAME_MAX, less the dot of nothing: a DNS label.
constexpr std::size_t longest_host_name = 63;

/// `%s` of MachineOptionsWithName is the machine's name.
std::string with_name(std::string option, const std::string& name) {
  const auto at = option.find("%s");
  return at == std::string::npos ? option : option.replace(at, 2, name);
}

/// The flag of `flag=value`.
std::string flag_of(const std::string& option) {
  return option.substr(0, option.find('='));
}

/// What is wrong with one entry of MachineOptions, which the runner makes one word with `--` before
/// it. Nothing when the option tables know it.
std::optional<Finding> examine_entry(const std::string& option, const std::vector<Option>& table) {
  const std::string flag = flag_of(option);
  const std::string subject = fmt::format("option {}", flag.empty() ? "\"\"" : flag);
  if (option.empty()) {
    return Finding{Level::problem, subject, "an empty entry ends all options", "delete it"};
  }
  if (option[0] == '-') {
    return Finding{Level::problem, subject, "the runner puts -- before it",
                   fmt::format("write it without dashes: {}",
                               flag.substr(std::min(flag.find_first_not_of('-'), flag.size())))};
  }
  if (flag.find(' ') != std::string::npos) {
    return Finding{Level::problem, subject, "each entry is one word to the driver",
                   "write flag=value, without a blank"};
  }
  const Option* known = find_option(table, flag);
  try {
    parse_command_words({"--" + option}, table);
  } catch (const UsageError& usage) {
    const UsageError error = explain(usage, find_command("create"));
    return Finding{Level::problem, subject,
                   // The message may repeat a value.
                   known != nullptr && known->secret ? "its value cannot be read" : error.what(),
                   error.hint()};
  }
  if (known == nullptr) {
    return std::nullopt;  // --help and the like
  }
  const bool has_value = option.size() > flag.size() + 1;
  if (known->secret && has_value) {
    return Finding{Level::warning, subject,
                   "a secret in MachineOptions is seen in the process list and the debug log",
                   known->env.empty() ? ""
                                      : fmt::format("set {} in the environment of the runner's "
                                                    "service instead",
                                                    known->env)};
  }
  const std::string value = has_value ? option.substr(flag.size() + 1) : "";
  if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
      value.front() == value.back()) {
    return Finding{Level::warning, subject,
                   "the quotes belong to the value: no shell takes them off",
                   "write the value as it is"};
  }
  return std::nullopt;
}

/// All words that can be read; what cannot is a finding.
std::vector<std::string> readable_words(const runner::Section& section, const std::string& name,
                                        const std::vector<Option>& table, Findings& findings) {
  std::vector<std::string> entries = section.machine_options;
  for (const auto& option : section.machine_options_with_name) {
    if (option.find("%s") == std::string::npos) {
      findings.push_back({Level::warning, fmt::format("option {}", flag_of(option)),
                          "MachineOptionsWithName without %s", "move it to MachineOptions"});
    }
    entries.push_back(with_name(option, name));
  }
  std::vector<std::string> words;
  for (const auto& entry : entries) {
    const auto finding = examine_entry(entry, table);
    if (finding) {
      findings.push_back(*finding);
    }
    if (!finding || finding->level != Level::problem) {
      words.push_back("--" + entry);
    }
  }
  return words;
}

void examine_name(const runner::Section& section, const std::string& name, Findings& findings) {
  if (!runner::is_good_template(section.machine_name)) {
    findings.push_back(
        {Level::problem, "MachineName",
         fmt::format("{}: it needs %s once, and no other %", go_quote(section.machine_name)),
         "MachineName = \"ci-%s\""});
    return;
  }
  if (name.size() > longest_host_name) {
    findings.push_back(
        {Level::problem, "MachineName",
         fmt::format("machines will be called {}, {} characters; a host name has at most {}", name,
                     name.size(), longest_host_name),
         fmt::format("make it {} characters shorter", name.size() - longest_host_name)});
    return;
  }
  findings.push_back({Level::good, "MachineName", fmt::format("machines are called {}", name)});
}

void examine_numbers(const runner::Section& section, Findings& findings) {
  if (section.limit > 0 && section.idle_count > section.limit) {
    findings.push_back(
        {Level::warning, "IdleCount",
         fmt::format("{} machines are to wait, but limit is {}", section.idle_count, section.limit),
         "raise limit, or lower IdleCount"});
  }
  if (section.idle_count > 20 && section.max_growth_rate == 0) {
    findings.push_back(
        {Level::warning, "MaxGrowthRate",
         fmt::format("without it {} creates start in the same second", section.idle_count),
         "MaxGrowthRate = 10"});
  }
}

/// `environment` of a section is for jobs: it does not reach the driver.
void examine_environment(const runner::Section& section, const std::vector<Option>& table,
                         Findings& findings) {
  for (const auto& assignment : section.environment) {
    const std::string name = flag_of(assignment);
    const bool is_read = std::ranges::any_of(
        table, [&](const Option& option) { return !name.empty() && option.env == name; });
    if (is_read) {
      findings.push_back({Level::warning, "environment",
                          fmt::format("{} reaches jobs, but not the driver", name),
                          "set it in the environment of the runner's service"});
    }
  }
}

const DriverType* find_type(const runner::Section& section, Findings& findings) {
  if (section.machine_driver.empty()) {
    findings.push_back({Level::problem, "MachineDriver", "is missing",
                        "MachineDriver = \"google\", \"amazonec2\" or \"azure\""});
    return nullptr;
  }
  try {
    return &driver_type_or_throw(section.machine_driver);
  } catch (const Error& error) {
    findings.push_back({Level::problem, "MachineDriver", error.what(), error.hint()});
    return nullptr;
  }
}

}  // namespace

bool uses_machines(const runner::Section& section) {
  return section.executor == "docker+machine" || section.executor == "docker-ssh+machine";
}

Examination examine_section(const Context& ctx, const machine::Store& store,
                            const runner::Section& section) {
  Examination examination{fmt::format("runner {}", section.name), {}};
  Findings& findings = examination.findings;
  for (const auto& fault : section.faults) {
    findings.push_back({Level::problem, "config", fault, ""});
  }
  for (const auto& line : section.unread) {
    findings.push_back({Level::warning, "config", line, ""});
  }
  if (section.executor == "docker-ssh+machine") {
    findings.push_back({Level::problem, "executor", "docker-ssh+machine is gone since 16.0",
                        "executor = \"docker+machine\""});
  }
  if (!section.has_machine) {
    findings.push_back({Level::problem, "config", "there is no [runners.machine]", ""});
    return examination;
  }
  const std::string name = runner::example_name(section.token, section.machine_name);
  examine_name(section, name, findings);
  examine_numbers(section, findings);
  const DriverType* type = find_type(section, findings);
  if (type == nullptr) {
    return examination;
  }
  const auto table = options_with(create_options(), type);
  examine_environment(section, table, findings);
  const auto words = readable_words(section, name, table, findings);
  try {
    const Arguments arguments = parse_command_words(words, table);
    const auto found = examine_create(ctx, *type, arguments.options, {name, store.given_path()});
    findings.insert(findings.end(), found.begin(), found.end());
  } catch (const UsageError& error) {
    findings.push_back({Level::problem, "MachineOptions", error.what(), error.hint()});
  }
  return examination;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/table.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/statistics.hpp"
#include "machine/tombstone.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

using machine::Statistics;
using machine::Times;

std::size_t outcome(const Statistics& one, const char* name) {
  const auto found = one.outcomes.find(name);
  return found == one.outcomes.end() ? 0 : found->second;
}

std::string seconds(double value) {
  return fmt::format("{:.1f}s", value);
}

std::string text_of(const std::vector<Statistics>& all) {
  std::vector<std::vector<std::string>> rows{{"COMMAND", "DRIVER", "OK", "FAILED", "INTERRUPTED",
                                              "KILLED", "P50", "P95", "CALLS", "RETRIES"}};
  std::vector<std::vector<std::string>> phases{{"COMMAND", "DRIVER", "PHASE", "P50", "P95"}};
  std::vector<std::vector<std::string>> errors{{"COMMAND", "DRIVER", "ERROR", "COUNT"}};
  for (const Statistics& one : all) {
    rows.push_back(
        {one.command, one.driver, std::to_string(outcome(one, "ok")),
         std::to_string(outcome(one, "failed")), std::to_string(outcome(one, "interrupted")),
         std::to_string(outcome(one, "killed")), seconds(one.total.p50), seconds(one.total.p95),
         std::to_string(one.api_calls), std::to_string(one.api_retries)});
    for (const auto& [phase, times] : one.phases) {
      phases.push_back({one.command, one.driver, phase, seconds(times.p50), seconds(times.p95)});
    }
    for (const auto& [error, count] : one.errors) {
      errors.push_back({one.command, one.driver, error, std::to_string(count)});
    }
  }
  std::string text = format_table(rows);
  for (const auto* more : {&phases, &errors}) {
    text += more->size() > 1 ? "\n" + format_table(*more) : "";
  }
  return text;
}

Json to_json(const Times& times) {
  return {{"count", times.count}, {"sum", times.sum}, {"p50", times.p50}, {"p95", times.p95}};
}

std::string json_of(const std::vector<Statistics>& all, std::size_t tombstones) {
  Json commands = Json::array();
  for (const Statistics& one : all) {
    Json phases = Json::object();
    for (const auto& [phase, times] : one.phases) {
      phases[phase] = to_json(times);
    }
    commands.push_back({{"command", one.command},
                        {"driver", one.driver},
                        {"outcomes", one.outcomes},
                        {"errors", one.errors},
                        {"seconds", to_json(one.total)},
                        {"phases", std::move(phases)},
                        {"api_calls", one.api_calls},
                        {"api_retries", one.api_retries}});
  }
  return to_go_json(Json{{"commands", std::move(commands)}, {"tombstones", tombstones}}) + "\n";
}

/// A label's value. Source: Prometheus documentation, "Exposition formats", text-based format.
std::string label(std::string_view text) {
  return replace_all(replace_all(replace_all(std::string(text), "\\", "\\\\"), "\"", "\\\""), "\n",
                     "\\n");
}

std::string summary(std::string_view metric, const std::string& labels, const Times& times) {
  return fmt::format(
      "{0}{{{1},quantile=\"0.5\"}} {2:.3f}\n{0}{{{1},quantile=\"0.95\"}} {3:.3f}\n"
      "{0}_sum{{{1}}} {4:.3f}\n{0}_count{{{1}}} {5}\n",
      metric, labels, times.p50, times.p95, times.sum, times.count);
}

/// Gauges, not counters: the records are bounded, and the oldest go.
std::string prometheus_of(const std::vector<Statistics>& all, std::size_t tombstones) {
  std::string commands =
      "# HELP dmachine_commands Creates and removals among the kept records.\n"
      "# TYPE dmachine_commands gauge\n";
  std::string errors =
      "# HELP dmachine_command_errors Failures by class among the kept records.\n"
      "# TYPE dmachine_command_errors gauge\n";
  std::string durations =
      "# HELP dmachine_command_seconds Time of those that went well.\n"
      "# TYPE dmachine_command_seconds summary\n";
  std::string phases =
      "# HELP dmachine_phase_seconds Time of each phase of those that went well.\n"
      "# TYPE dmachine_phase_seconds summary\n";
  std::string calls =
      "# HELP dmachine_api_calls Requests to the cloud's API.\n"
      "# TYPE dmachine_api_calls gauge\n";
  std::string retries =
      "# HELP dmachine_api_retries Requests to the cloud's API that were repeated.\n"
      "# TYPE dmachine_api_retries gauge\n";
  for (const Statistics& one : all) {
    const std::string labels =
        fmt::format("command=\"{}\",driver=\"{}\"", label(one.command), label(one.driver));
    for (const auto& [name, count] : one.outcomes) {
      commands +=
          fmt::format("dmachine_commands{{{},outcome=\"{}\"}} {}\n", labels, label(name), count);
    }
    for (const auto& [name, count] : one.errors) {
      errors += fmt::format("dmachine_command_errors{{{},class=\"{}\"}} {}\n", labels, label(name),
                            count);
    }
    durations += summary("dmachine_command_seconds", labels, one.total);
    for (const auto& [phase, times] : one.phases) {
      phases += summary("dmachine_phase_seconds",
                        fmt::format("{},phase=\"{}\"", labels, label(phase)), times);
    }
    calls += fmt::format("dmachine_api_calls{{{}}} {}\n", labels, one.api_calls);
    retries += fmt::format("dmachine_api_retries{{{}}} {}\n", labels, one.api_retries);
  }
  return commands + errors + durations + phases + calls + retries +
         fmt::format(
             "# HELP dmachine_tombstones Removals by rm -f that the cloud has not finished.\n"
             "# TYPE dmachine_tombstones gauge\ndmachine_tombstones {}\n",
             tombstones);
}

}  // namespace

int run_stats(Invocation& invocation) {
  if (!invocation.words().empty()) {
    throw Error(Errc::usage, "Error: Too many arguments given");
  }
  machine::record_killed(invocation.store());
  const auto records = machine::read_records(invocation.store());
  const auto all = machine::summarize(records);
  const std::size_t tombstones = find_tombstones(invocation.store()).size();
  const std::string& file = invocation.options().text("prometheus");
  if (!file.empty()) {
    // The collector runs as another user, and reads whatever is there at the moment.
    write_file(file, prometheus_of(all, tombstones), 0644);
  }
  if (invocation.options().boolean("json")) {
    log::result(json_of(all, tombstones));
  } else if (file.empty()) {
    log::result(text_of(all));
  }
  return 0;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace dmachine::machine {

namespace {

/// `sorted` is not empty; `part` in (0, 1].
double percentile(const std::vector<double>& sorted, double part) {
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

Times summarize(std::vector<double> seconds) {
  if (seconds.empty()) {
    return {};
  }
  std::ranges::sort(seconds);
  return {seconds.size(), std::accumulate(seconds.begin(), seconds.end(), 0.0),
          percentile(seconds, 0.5), percentile(seconds, 0.95)};
}

std::vector<Statistics> summarize(std::span<const Record> records) {
  struct Group {
    Statistics statistics;
    std::vector<double> totals;
    std::map<std::string, std::vector<double>> phases;
  };
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const Record& record : records) {
    Group& group = groups[{record.command, record.driver}];
    Statistics& statistics = group.statistics;
    ++statistics.outcomes[record.outcome];
    statistics.api_calls += record.api_calls;
    statistics.api_retries += record.api_retries;
    if (!record.error.empty()) {
      ++statistics.errors[record.error];
    }
    if (record.outcome == "ok") {
      group.totals.push_back(record.seconds);
      for (const auto& [phase, seconds] : record.phases) {
        group.phases[phase].push_back(seconds);
      }
    }
  }
  std::vector<Statistics> all;
  for (auto& [key, group] : groups) {
    Statistics statistics = std::move(group.statistics);
    statistics.command = key.first;
    statistics.driver = key.second;
    statistics.total = summarize(std::move(group.totals));
    for (auto& [phase, seconds] : group.phases) {
      statistics.phases.emplace(phase, summarize(std::move(seconds)));
    }
    all.push_back(std::move(statistics));
  }
  return all;
}

}  // namespace dmachine::machine

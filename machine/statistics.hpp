// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/records.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace dmachine::machine {

/// Times of one thing that was done several times, in seconds.
struct Times {
  std::size_t count = 0;
  double sum = 0;
  double p50 = 0;
  double p95 = 0;
};

/// Of no times: all zero. Percentiles by the nearest rank: a time that was really taken.
Times summarize(std::vector<double> seconds);

/// What the records say about one command with one driver.
struct Statistics {
  std::string command;
  std::string driver;
  std::map<std::string, std::size_t> outcomes{};  // "ok", "failed", "interrupted", "killed"
  std::map<std::string, std::size_t> errors{};    // by class
  Times total{};                                  // of those that went well
  std::map<std::string, Times> phases{};          // of those that went well
  std::uint64_t api_calls = 0;                    // of all
  std::uint64_t api_retries = 0;
};

/// One per command and driver, in that order.
std::vector<Statistics> summarize(std::span<const Record> records);

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/time.hpp"

#include <fmt/format.h>

#include <ctime>

namespace dmachine {

// Not by <fmt/chrono.h>: that of fmt 10 does not compile with clang 19 and later.

std::string to_rfc3339(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", fields.tm_year + 1900,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                     fields.tm_sec);
}

std::string to_day(std::chrono::sys_seconds time) {
  const std::string whole = to_rfc3339(time);
  return whole.substr(0, whole.find('T'));
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The texts of the options for bulk inserts (google.md 3.6). All pure.
namespace dmachine::google {

/// What one bulk insert asks for.
struct FlexSelection {
  std::string machine_type;
  std::string disk_type;  // empty: as --google-disk-type says
  std::int64_t iops = 0;
  std::int64_t throughput = 0;  // MiB/s
};
/// machine-type=T[,disk-type=D[,disk-iops=N][,disk-throughput=N]]. Unknown keys are left out, with
/// a warning. Throws Error{invalid} in the fork's words.
FlexSelection parse_flex_selection(std::string_view text);

struct LocationZone {
  std::string zone;
  std::string preference;  // ALLOW or DENY
};
/// zone[:ALLOW|DENY]; another preference counts as ALLOW, with a warning. Throws Error{invalid}.
LocationZone parse_location_zone(std::string_view text);

/// 1h30m, 5m0s, 250ms, as Go's time.ParseDuration reads them, without a sign; nothing for anything
/// else.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

}  // namespace dmachine::google

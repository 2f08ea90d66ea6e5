// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace dmachine::cli {

/// A length of time as people type it: "90s", "15m", "2h", "1d", "1h30m", "0". Nothing when it is
/// none, or longer than a hundred years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace dmachine::cli

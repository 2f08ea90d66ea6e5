// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace dmachine {

/// A moment as RFC 3339 in UTC: "2026-11-21T09:57:00Z".
std::string to_rfc3339(std::chrono::sys_seconds time);
/// Its day alone: "2026-11-21".
std::string to_day(std::chrono::sys_seconds time);

}  // namespace dmachine

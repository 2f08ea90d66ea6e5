// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dmachine::cloud {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that HTTP servers must send; nothing for anything
/// else. Pure. The two obsolete forms are not read: no cloud sends them. Source: RFC 9110,
/// section 5.6.7.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// `2026-08-01T10:20:30Z`, with fraction and offset allowed, seconds kept; nothing when it is not
/// that. Pure. Source: RFC 3339.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

/// `20260801T102030Z`, the basic form of ISO 8601 that Amazon's signatures use. Pure.
std::string to_basic_iso8601(std::chrono::sys_seconds when);

}  // namespace dmachine::cloud

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http_date.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace dmachine {

/// A cloud's time of creation (RFC 3339) as OwnedResource::made_at: seconds since 1970; nothing
/// when it is no such time.
inline std::optional<std::int64_t> made_at(std::string_view rfc3339) {
  const auto time = cloud::parse_rfc3339(rfc3339);
  return time ? std::optional(std::int64_t{time->time_since_epoch().count()}) : std::nullopt;
}

}  // namespace dmachine

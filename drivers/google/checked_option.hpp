// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/option.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace dmachine::google {

/// The value, trimmed. Throws Error{invalid} `invalid value "…" for --FLAG: expected …`.
inline std::string checked_text(const OptionValues& values, std::string_view flag,
                                bool (*is_good)(std::string_view), std::string_view expected) {
  const std::string text(trim(values.text(flag)));
  if (!is_good(text)) {
    throw Error(Errc::invalid, fmt::format("invalid value {} for {}: expected {}", go_quote(text),
                                           values.name_with_origin(flag), expected));
  }
  return text;
}

}  // namespace dmachine::google

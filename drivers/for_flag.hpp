// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "drivers/option.hpp"

#include <fmt/format.h>

#include <string_view>

namespace dmachine {

/// Gives what `parse` makes of the flag's value; a refusal (Error) then names the flag and where
/// the value came from.
template <typename Parse>
auto for_flag(const OptionValues& values, std::string_view flag, Parse&& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw Error(
        Errc::invalid,
        fmt::format("invalid value for {}: {}", values.name_with_origin(flag), error.what()),
        error.hint());
  }
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/option.hpp"

#include <array>
#include <cstddef>

namespace dmachine {

/// The rows with a heading for help and docs: `in_group("Network", std::array{Option{…}, …})`.
template <std::size_t size>
constexpr std::array<Option, size> in_group(std::string_view group,
                                            std::array<Option, size> options) {
  for (Option& option : options) {
    option.group = group;
  }
  return options;
}

/// One table of several groups, in their order.
template <std::size_t... sizes>
constexpr std::array<Option, (sizes + ...)> join_groups(
    const std::array<Option, sizes>&... groups) {
  std::array<Option, (sizes + ...)> all{};
  std::size_t at = 0;
  const auto append = [&](const auto& group) {
    for (const Option& option : group) {
      all[at++] = option;
    }
  };
  (append(groups), ...);
  return all;
}

}  // namespace dmachine

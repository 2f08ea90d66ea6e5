// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/list.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// What `ls --filter` asks for: one value of each key has to match (cli.md section 8).
struct Filters {
  std::vector<std::string> drivers;
  std::vector<std::string> states;
  std::vector<std::string> names;  // regular expressions, unanchored
  std::vector<std::string> swarms;
  std::vector<std::string> labels;  // K=V

  bool empty() const {
    return drivers.empty() && states.empty() && names.empty() && swarms.empty() && labels.empty();
  }
};

/// From `key=value` words. Throws Error{usage} `Unsupported filter syntax`, `Unsupported filter key
/// 'foo'`, or what is wrong with a regular expression.
Filters parse_filters(const std::vector<std::string>& words);

/// Leaves the machines that match, in their order; unreadable ones stay. Asks for states only if a
/// filter is about them, of those that match otherwise, and keeps the answers for the rows.
void filter_machines(const Context& ctx, machine::LoadedStore& store, const Filters& filters);

}  // namespace dmachine::cli

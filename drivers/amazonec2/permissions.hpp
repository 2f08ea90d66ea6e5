// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/query.hpp"
#include "drivers/finding.hpp"

#include <string>
#include <vector>

namespace dmachine::amazonec2 {

class Client;

/// A call that is only tried (DryRun), and what it means when it is refused.
struct DryRun {
  std::string action;
  QueryParameters parameters{};
  Finding::Level refused = Finding::Level::problem;
  std::string needed_for = "create";
};

/// What is needed to remove what a create makes, for the other commands, and for gc.
std::vector<DryRun> later_calls(bool spot);

/// Tries each: one finding for all that are allowed, one for each that is refused or fails. Where
/// the endpoint takes no dry runs (it answers the harmless first one as if it were meant), nothing
/// more is tried. Throws Cancelled alone.
std::vector<Finding> try_permissions(const Context& ctx, Client& client,
                                     const std::vector<DryRun>& calls, std::size_t threads);

/// What a failed look means for a create.
Finding finding_of(const std::string& subject, const Error& error);

}  // namespace dmachine::amazonec2

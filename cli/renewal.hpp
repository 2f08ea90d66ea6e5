// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"
#include "machine/expiry.hpp"
#include "machine/list.hpp"

#include <string>
#include <vector>

/// How certificates that end are told to people.
namespace dmachine::cli {

/// Those that have ended.
std::vector<machine::Expiry> ended(std::vector<machine::Expiry> all);

/// `the server certificate PATH ended on 2026-11-01: run "docker-machine regenerate-certs NAME"`:
/// one sentence with the one command that mends all of them. Empty when there are none.
std::string renewal_advice(const Invocation& invocation, const std::string& name,
                           const std::vector<machine::Expiry>& certificates);

/// Rows of machines whose certificates have ended say so among their errors. Gives the lines about
/// those that end soon, one for each command.
std::vector<std::string> tell_renewals(const Invocation& invocation,
                                       std::vector<machine::ListItem>& items);

}  // namespace dmachine::cli

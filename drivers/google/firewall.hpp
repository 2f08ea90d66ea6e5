// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/google/client.hpp"
#include "drivers/google/values.hpp"

#include <string>
#include <vector>

namespace dmachine::google {

/// The ports that a machine needs from outside: the engine's, a swarm master's, and those that the
/// user names unless they have a rule of their own.
std::vector<Port> wanted_ports(const StoredState& state);

/// Those of `wanted` that `rule` does not let through. Ranges and entries for all ports are
/// understood. Pure.
std::vector<Port> missing_ports(const Json& rule, const std::vector<Port>& wanted);

/// One `allowed` entry per protocol. Pure.
Json allowed_entries(const std::vector<Port>& ports);

/// docker-machines for the network `default`, docker-machines-NETWORK for others, shortened to 63
/// characters. Pure.
std::string rule_name(const std::string& network);

/// Makes sure that instances with our tag can be reached: by the rule docker-machines, which all
/// machines of a network share, if it is for our network; else by one of the network's own. Safe
/// with many creates at once, also of other programs.
void ensure_firewall(const Context& ctx, Client& client, const StoredState& state);

/// `make` reads and writes; when the API says that somebody else was quicker (409, 412), it is
/// called again.
void retry_races(const Context& ctx, Backoff backoff, const std::function<void()>& make);

}  // namespace dmachine::google

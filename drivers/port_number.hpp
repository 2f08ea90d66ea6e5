// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace dmachine {

/// 0 to 65535 in decimal digits and nothing else, or nothing.
std::optional<int> parse_port_number(std::string_view text);

/// The port of a legacy swarm's address (`tcp://0.0.0.0:3376`), which drivers open for its master;
/// nothing when it names none.
std::optional<int> find_swarm_port(std::string_view swarm_host);

}  // namespace dmachine

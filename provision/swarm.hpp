// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// Shell that makes the containers of the retired swarm (provision.md section 3), by the host's own
/// docker client, or nothing when the machine is no part of one. `address` is the machine's. Throws
/// Error{invalid} when --swarm-host has no port.
std::string swarm_step(const SwarmOptions& options, const std::vector<std::string>& environment,
                       std::string_view address, int engine_port);

}  // namespace dmachine::provision

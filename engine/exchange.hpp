// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "engine/client.hpp"
#include "engine/credentials.hpp"

#include <string>

namespace dmachine::engine {

/// One GET at `authority` (`HOST:PORT`), with one more try when the peer goes away before it has
/// answered. 20 s for all, 5 s for each address to connect. Throws as `get`.
Reply exchange(const Context& ctx, const std::string& authority, const Credentials& credentials,
               const std::string& path);

}  // namespace dmachine::engine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <string>

namespace dmachine::engine {

/// Waits until the descriptor is ready for `events`. Throws Error{timeout} with `text` at the
/// deadline, Cancelled on a stop.
void wait_for(const Context& ctx, int fd, short events, const std::string& text);

}  // namespace dmachine::engine

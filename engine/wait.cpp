// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/wait.hpp"

#include "core/error.hpp"

namespace dmachine::engine {

void wait_for(const Context& ctx, int fd, short events, const std::string& text) {
  try {
    while (!ctx.wait_fd(fd, events, ctx.remaining())) {
    }
  } catch (const Error& error) {
    if (error.code() == Errc::timeout) {
      throw Error(Errc::timeout, text);
    }
    throw;
  }
}

}  // namespace dmachine::engine

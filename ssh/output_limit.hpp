// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "ssh/session.hpp"

#include <string>

namespace dmachine::ssh {

/// Collects output into `text`, and throws Error{invalid} past 64 MiB: a host must not be able to
/// fill our memory.
inline OutputSink limited_sink(std::string& text) {
  return [&text](std::string_view piece) {
    constexpr std::size_t most = 64U << 20U;
    if (text.size() + piece.size() > most) {
      throw Error(Errc::invalid, "the remote command writes more than 64 MiB");
    }
    text += piece;
  };
}

}  // namespace dmachine::ssh

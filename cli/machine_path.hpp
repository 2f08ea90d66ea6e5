// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/commands.hpp"
#include "ssh/external_copy.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dmachine::cli {

/// `[user@]machine:path` as scp and mount take it. Without a machine the path is local.
struct MachinePath {
  std::optional<std::string> machine;
  std::string user;  // empty: the machine's own
  std::string path;
};

/// Splits at the first colon, and the left side at its first `@`. `localhost:` is local, and so is
/// what has no colon.
MachinePath parse_machine_path(std::string_view text);

/// The machine from the store, and where it is now, which may take a cloud call. Throws Error
/// `Error loading host: Error loading host: …` (sic).
ssh::Remote load_remote(const Invocation& invocation, const std::string& machine,
                        const std::string& user);

}  // namespace dmachine::cli

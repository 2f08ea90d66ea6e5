// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dmachine::ssh {

/// Where and as whom to log in. An empty key means: the agent's and default keys (external client
/// only).
struct Endpoint {
  std::string host;  // IP literal or name, no brackets
  int port = 22;
  std::string user;
  std::filesystem::path key;
};

/// Throws Error{invalid} unless user and host can be handed to a program safely (not empty, no
/// leading `-`, no blanks or control characters) and the port is one: they come from files that
/// people edit.
void check(const Endpoint& endpoint);

/// Where a machine's host key is pinned: an OpenSSH known_hosts file with lines `ALIAS KEYTYPE
/// BASE64`. The alias is the machine's name, so that the pin survives a change of address. A
/// missing file means: not seen yet, pin at the first connection (and write the file, 0600). An
/// empty path means no check and no pin (DMACHINE_HOST_KEY_CHECK=no).
struct HostKeyPin {
  std::filesystem::path known_hosts;
  std::string alias;
};

}  // namespace dmachine::ssh

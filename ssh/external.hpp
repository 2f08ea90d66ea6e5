// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/process.hpp"
#include "ssh/endpoint.hpp"

#include <string>
#include <vector>

namespace dmachine::ssh {

/// Throws Error in the reference's words unless the key file can be given to ssh: `stat KEY: no
/// such file or directory`,
/// `'KEY' is not readable`, `permissions 0644 for 'KEY' are too open`. A key of ours that is too
/// open is tightened to 0600 instead, with a warning line.
void check_key_file(const std::filesystem::path& key);

/// Argument vector of the system's ssh as the reference builds it (cli.md section 11), with `words`
/// last; the host key options follow the pin: UserKnownHostsFile, HostKeyAlias,
/// StrictHostKeyChecking yes / accept-new; without a pin as the reference.
std::vector<std::string> external_argv(const std::string& ssh_program, const Endpoint& endpoint,
                                       const HostKeyPin& pin,
                                       const std::vector<std::string>& words);

/// `dmachine ssh` by the system's client: our stdin, stdout and stderr are the remote command's or
/// shell's.
ExitStatus run_external(const Endpoint& endpoint, const HostKeyPin& pin,
                        const std::vector<std::string>& words);

}  // namespace dmachine::ssh

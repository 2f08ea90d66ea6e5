// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/endpoint.hpp"

#include <optional>
#include <string>
#include <vector>

/// Argument vectors of the system's scp, rsync and sshfs as the reference builds them (cli.md
/// section 11), but for the host key, which follows the pin, and LogLevel=error, so that a failed
/// login is told.
namespace dmachine::ssh {

/// A machine in a copy: where, and how its host key is checked.
struct Remote {
  Endpoint endpoint;
  HostKeyPin pin;
};

/// One end of a copy. Without a machine the path is local.
struct CopyEnd {
  std::optional<Remote> remote;
  std::string path;
};

struct CopyOptions {
  bool recursive = false;
  bool quiet = false;
};

/// Between two machines each has its own port, key and pin, which options cannot tell apart:
/// `config_file` then holds two_machine_config, and the ends are named by its aliases.
std::vector<std::string> scp_argv(const std::string& program, const CopyEnd& from,
                                  const CopyEnd& to, const CopyOptions& options,
                                  const std::string& config_file = {});

/// The text of an ssh_config(5) in which the two machines are called `source` and `destination`;
/// what the user's own file says comes after.
std::string two_machine_config(const Remote& source, const Remote& destination);

std::vector<std::string> rsync_argv(const std::string& program, const CopyEnd& from,
                                    const CopyEnd& to, const CopyOptions& options);

/// sshfs splits its options at commas: Error{invalid} for a key or pin whose path has one.
std::vector<std::string> sshfs_argv(const std::string& program, const Remote& from,
                                    const std::string& path, const std::string& mount_point);

/// Makes ready what the programs above read: the key is checked (check_key_file), and a pin's file
/// exists with mode 0600, which ssh would make readable for all. Throws Error.
void prepare(const Remote& remote);

}  // namespace dmachine::ssh

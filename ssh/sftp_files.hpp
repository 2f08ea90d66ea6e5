// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/external_copy.hpp"
#include "ssh/file_tree.hpp"

namespace dmachine::ssh {

/// The files of a machine, over SFTP on a connection of its own. A path that does not begin with a
/// slash begins at the login's home folder, and so does `~/…`. Throws as `connect` (session.hpp),
/// and Error{unavailable} for a host without SFTP.
std::unique_ptr<FileTree> sftp_files(const Context& ctx, const Remote& remote);

}  // namespace dmachine::ssh

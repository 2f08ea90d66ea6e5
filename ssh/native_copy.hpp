// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/external_copy.hpp"
#include "ssh/file_tree.hpp"

namespace dmachine::ssh {

/// Copies as scp does: into `to` when that is a folder, else to that name; folders with all in them
/// when `recursive`, links followed, modes kept less the umask. A file that cannot be copied does
/// not stop the others. Throws Error with all that went wrong, a line each.
void copy_tree(const Context& ctx, FileTree& from_files, const std::string& from,
               FileTree& to_files, const std::string& to, bool recursive);

/// `dmachine scp` over libssh2, between any two of here and machines.
void copy_native(const Context& ctx, const CopyEnd& from, const CopyEnd& to,
                 const CopyOptions& options);

}  // namespace dmachine::ssh

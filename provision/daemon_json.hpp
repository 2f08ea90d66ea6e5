// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// Throws Error{conflict} naming file and keys when the host's daemon.json sets what is also given
/// on the engine's command line: dockerd refuses to start with both. Text that is no JSON object
/// passes: the daemon's own words about it are better. Source: moby, daemon/config
/// findConfigurationConflicts.
void check_daemon_json(std::string_view daemon_json, const std::vector<std::string>& arguments);

/// The same file with `live-restore` set, for the length of a restart. Empty when file or flags
/// have that key already, or the file is no JSON object.
std::string live_restore_json(std::string_view daemon_json,
                              const std::vector<std::string>& arguments);

}  // namespace dmachine::provision

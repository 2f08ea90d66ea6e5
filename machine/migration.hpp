// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <string>

namespace dmachine::machine {

class Store;

/// Where a config.json lies, for what old ones do not say.
struct MachinePlace {
  std::string name;        // the folder's name
  std::string store_path;  // STORE as given
  std::string folder;      // STORE/machines/NAME
};

/// A config.json of version 0, 1 or 2 in the form of version 3: the bytes that Docker Machine
/// 0.16.2 would write, but for the paths that it gets wrong (docs/compatibility.md) and the keys
/// that it does not know, which are kept. Throws Error{invalid} `Error getting migrated host: …`.
Json migrate(const Json& config, const MachinePlace& place);

/// Puts the original bytes into config.json.bak and `migrated` into config.json, both 0600 and each
/// whole. Leaves the file alone when another command works on the machine (it has migrated it, or
/// will), or has changed it since `original` was read. A store that cannot be written to is told on
/// stderr, and no failure.
void save_migrated(const Store& store, const std::string& name, const std::string& original,
                   const Json& migrated);

}  // namespace dmachine::machine

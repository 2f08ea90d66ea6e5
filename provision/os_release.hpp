// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// What a host says it is: the keys of os-release(5) that decide something. Missing ones are empty.
struct OsRelease {
  std::string id;
  std::vector<std::string> id_like;
  std::string version_id;
  std::string variant_id;
  std::string pretty_name;
};

/// Reads shell assignments: both kinds of quotes, backslashes, `=` in values, comments. What is no
/// assignment is skipped, and the last of two assignments wins, as in a shell. Source:
/// os-release(5).
OsRelease parse_os_release(std::string_view text);

}  // namespace dmachine::provision

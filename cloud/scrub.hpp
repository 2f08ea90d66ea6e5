// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace dmachine::cloud {

/// What a server said, for an error message: without `secrets` in any of the forms in which they
/// are sent, without values of JSON keys that name tokens, keys and the like, and not longer than a
/// screen. Pure.
std::string scrub(std::string body, const std::vector<std::string>& secrets);

}  // namespace dmachine::cloud

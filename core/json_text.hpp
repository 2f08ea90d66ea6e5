// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <string>
#include <string_view>

namespace dmachine {

/// The text of a member, as of a stranger's answer: empty when `object` is no object, has no such
/// member, or has something else there.
std::string text_of(const Json& object, std::string_view key);

}  // namespace dmachine

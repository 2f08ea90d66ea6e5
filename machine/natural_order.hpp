// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine::machine {

/// Natural order of names as `ls` sorts them: runs of digits by value, letters without case.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace dmachine::machine

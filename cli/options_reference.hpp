// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine::cli {

/// docs/options.md: every option of the program, of its commands and of its drivers.
std::string options_reference();

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace dmachine {

/// The user's home: $HOME, and the user database's word where a service manager sets none. Empty
/// when neither knows.
std::filesystem::path home_folder();

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/base_state.hpp"

#include <string>

namespace dmachine::generic {

/// Where the user's key is copied to: the machine's folder, under its own base name as the
/// reference does, except for names that the machine's own files have (`key.pem`, `config.json`,
/// …): provisioning would write over those.
std::string imported_key_path(const BaseState& base, const std::string& user_key);

/// Throws Error{invalid} unless the file is there and looks like a private key: handing over the
/// public one is the usual slip, and would only show minutes later.
void check_user_key(const std::string& user_key);

/// Copies the key, and its public part when there is one, each whole and 0600 from birth.
void import_key(const std::string& machine_name, const std::string& user_key,
                const std::string& path);

}  // namespace dmachine::generic

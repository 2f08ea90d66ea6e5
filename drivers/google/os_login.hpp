// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

namespace dmachine::google {

/// Whether a project turns OS Login on. The guests then ignore the keys in their metadata, and a
/// create would wait for SSH until it gives up.
bool has_os_login(const Json& project);

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// What a host printed, fit for a log or an error: passwords in URLs become `[redacted]`, and so do
/// the values of those variables (NAME=VALUE) whose name speaks of a secret.
std::string redact(std::string text, const std::vector<std::string>& variables);

}  // namespace dmachine::provision

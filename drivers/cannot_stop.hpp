// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

namespace dmachine {

/// Thrown by a driver's stop and kill for a machine that its cloud can only remove, such as a
/// one-time spot instance. It runs on. To the commands this is a warning and no failure:
/// gitlab-runner stops each machine before it removes it.
class CannotStop : public Error {
 public:
  explicit CannotStop(const std::string& message) : Error(Errc::conflict, message) {}
};

}  // namespace dmachine

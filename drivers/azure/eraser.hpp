// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "drivers/azure/access.hpp"
#include "drivers/azure/resources.hpp"

#include <string>

namespace dmachine::azure {

/// One resource that is to go, and what is said about it.
struct Step {
  const char* part;
  const char* title;  // "Network Interface"
  std::string called;
  Target target;
  bool users_are_gone = true;  // who used it a moment ago, so that waiting makes sense
};

/// Deletes resources, and waits while they are held by what is vanishing. The references must
/// outlive it; thread-safe.
class Eraser {
 public:
  /// none: what is reserved or in use now is left for a later removal.
  enum class Patience { full, none };

  /// `machine`: for what is said.
  Eraser(const Context& ctx, Client& client, const Services& services, std::string machine,
         Patience patience);

  /// Says what it does. Nothing to delete is success; true when there was something. Throws
  /// ApiError.
  bool erase(const Step& step) const;

 private:
  const Context& ctx_;
  Client& client_;
  const Services& services_;
  std::string machine_;
  Patience patience_;
};

}  // namespace dmachine::azure

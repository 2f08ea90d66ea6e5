// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine {

/// One thing that was looked at before a create: what `doctor` and `create --plan` print.
struct Finding {
  enum class Level {
    good,
    unknown,  // it could not be asked: no permission to ask, or the cloud has no such question
    warning,  // a create may fail, or do what nobody expects
    problem,  // a create fails
  };
  Level level = Level::good;
  std::string subject;      // "credentials", "permission compute.instances.create", "quota CPUS"
  std::string text;         // what was found, one line, no secrets
  std::string remedy = {};  // what would be right: a command, a role, a value; empty when good
};

}  // namespace dmachine

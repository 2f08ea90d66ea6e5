// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/finding.hpp"

#include <string>
#include <vector>

namespace dmachine::cli {

/// What was found out about one thing: the store, a driver, a section of a runner.
struct Examination {
  std::string title;  // "store /root/.docker/machine"
  std::vector<Finding> findings;
};

bool has_problem(const std::vector<Finding>& findings);
bool has_problem(const std::vector<Examination>& examinations);

/// A block per examination, a line per finding, its remedy below it, and a last line that counts.
std::string findings_text(const std::vector<Examination>& examinations);

/// A list of objects with the keys about, level, subject, text, remedy (null when there is none).
std::string findings_json(const std::vector<Examination>& examinations);

}  // namespace dmachine::cli

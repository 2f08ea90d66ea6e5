// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/hidden.hpp"

#include "cli/complete.hpp"
#include "cli/man_page.hpp"
#include "cli/options_reference.hpp"
#include "core/log.hpp"

#include <exception>

namespace dmachine::cli {

namespace {

/// Never complains: it would do so in the middle of somebody's line.
int run_complete(const std::vector<std::string>& words) {
  try {
    log::result(to_lines(complete(words)));
  } catch (const std::exception&) {
    return 1;
  }
  return 0;
}

int run_man(const std::vector<std::string>& /*words*/) {
  log::result(man_page());
  return 0;
}

int run_options(const std::vector<std::string>& /*words*/) {
  log::result(options_reference());
  return 0;
}

}  // namespace

HiddenCommand find_hidden_command(std::string_view name) {
  if (name == "__complete") {
    return run_complete;
  }
  if (name == "__man") {
    return run_man;
  }
  return name == "__options" ? run_options : nullptr;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

/// How a child ended: its exit status, or the signal that killed it.
struct ExitStatus {
  int code = 0;    // valid when signal is 0
  int signal = 0;  // 0 unless killed
  bool ok() const { return code == 0 && signal == 0; }
};

/// `exit status 7` or `signal: killed`, as Go words it.
std::string to_string(const ExitStatus& status);

struct ChildResult {
  ExitStatus status;
  std::string out;
  std::string err;
};

/// What to run: argv[0] is looked up in PATH unless it holds a slash. Never put a secret into argv:
/// use `input` or `extra_env`.
struct Command {
  std::vector<std::string> argv;
  std::string input;                     // the child's stdin; empty means /dev/null
  std::vector<std::string> extra_env{};  // "NAME=value", added to ours
  /// Gets stdout as it arrives, in pieces of any size; `ChildResult::out` is then empty and no
  /// limit applies.
  std::function<void(std::string_view)> on_out{};
};

/// Runs a child with its output captured (at most `output_limit` bytes of each stream). The child
/// dies with us (PR_SET_PDEATHSIG) and is killed when the context ends. Throws Error{not_found}
/// when there is no such program.
ChildResult run_child(const Context& ctx, const Command& command,
                      std::size_t output_limit = 16U << 20U);

/// Runs a child on our own stdin, stdout and stderr and waits for it.
ExitStatus run_attached(const std::vector<std::string>& argv);

/// The absolute path of a program in PATH, as execvp would choose it.
std::optional<std::string> find_program(std::string_view name);

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// A word as systemd's unit files want it in ExecStart=, so that the program gets it unchanged: `%`
/// and `$` doubled; in double quotes with C escapes only where blanks, quotes, backslashes or
/// control characters ask for it, so that plain words compare equal with what the reference wrote.
/// Throws Error{invalid} for what no unit file can hold (NUL, broken UTF-8). Source:
/// systemd.service(5) "Command lines", systemd.syntax(7) "Quoting".
std::string exec_word(std::string_view word);

/// The same for one NAME=VALUE of Environment=, where `$` has no meaning. Throws Error{invalid}
/// also for what systemd would silently drop: a name that is no shell name, control characters but
/// tab and newline.
std::string environment_word(std::string_view assignment);

}  // namespace dmachine::provision

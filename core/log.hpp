// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

/// Lines for people and for gitlab-runner's log. One line is one write(2); a failed write is no
/// error, since the runner may have closed the pipe while a create goes on. Thread-safe.
namespace dmachine::log {

/// Where information and warning lines go: `env` and `config` must keep stdout for the shell that
/// evaluates it.
enum class InfoStream { out, err };

void set_debug(bool on);
bool is_debug();
void set_info_stream(InfoStream stream);

/// A line on stdout, as the reference's log.Info.
void info(std::string_view line);
/// A line on stdout too: the runner makes an error record of each line on stderr.
void warn(std::string_view line);
/// A line on stderr.
void error(std::string_view line);
/// A line on stderr when debugging is on. Never pass it a secret: see Secret.
void debug(std::string_view line);

/// As above, with fmt's formatting.
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0) {
  info(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0) {
  warn(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0) {
  if (is_debug()) {
    debug(std::string_view(fmt::format(format, std::forward<Args>(args)...)));
  }
}

/// Writes a command's result to stdout as it is, whole. A failed write is no error.
void result(std::string_view text);

/// Writes to a descriptor until all is out or it fails; false when it failed.
bool write_all(int fd, std::string_view text);

}  // namespace dmachine::log

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include "core/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace dmachine::cli {

namespace {

constexpr std::size_t default_width = 80;

}  // namespace

bool is_terminal(int fd) {
  return isatty(fd) != 0;
}

std::size_t terminal_width(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return default_width;
  }
  return size.ws_col;
}

bool can_redraw(int fd) {
  const auto kind = find_env("TERM");
  return kind && *kind != "dumb" && is_terminal(fd);
}

bool wants_colour(int fd) {
  return !find_env("NO_COLOR") && can_redraw(fd);
}

}  // namespace dmachine::cli

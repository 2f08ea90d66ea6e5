// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"
#include "tests/support/catch.hpp"

#include <pty.h>
#include <unistd.h>

#include <cstdlib>

using namespace dmachine::cli;

namespace {

/// A terminal of our own.
struct Terminal {
  int master = -1;
  int slave = -1;

  explicit Terminal(unsigned short columns) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    REQUIRE(openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  }
  ~Terminal() {
    close(master);
    close(slave);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
};

}  // namespace

TEST_CASE("a pipe is no terminal and is taken for 80 columns") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  CHECK_FALSE(is_terminal(ends[1]));
  CHECK_FALSE(can_redraw(ends[1]));
  CHECK_FALSE(wants_colour(ends[1]));
  CHECK(terminal_width(ends[1]) == 80);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a terminal's own width counts, unless it says none") {
  CHECK(terminal_width(Terminal(100).slave) == 100);
  CHECK(terminal_width(Terminal(0).slave) == 80);
}

TEST_CASE("colour and redrawing heed TERM and NO_COLOR") {
  const Terminal terminal(80);
  setenv("TERM", "xterm-256color", 1);
  unsetenv("NO_COLOR");
  CHECK(is_terminal(terminal.slave));
  CHECK(can_redraw(terminal.slave));
  CHECK(wants_colour(terminal.slave));
  setenv("NO_COLOR", "1", 1);
  CHECK(can_redraw(terminal.slave));
  CHECK_FALSE(wants_colour(terminal.slave));
  setenv("NO_COLOR", "", 1);  // empty is as good as unset
  CHECK(wants_colour(terminal.slave));
  setenv("TERM", "dumb", 1);
  CHECK_FALSE(can_redraw(terminal.slave));
  CHECK_FALSE(wants_colour(terminal.slave));
  unsetenv("TERM");
  CHECK_FALSE(can_redraw(terminal.slave));
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"

#include <signal.h>
#include <termios.h>

#include <array>
#include <optional>
#include <string>

namespace dmachine::ssh {

struct TerminalSize {
  int columns = 80;
  int rows = 24;
  bool operator==(const TerminalSize&) const = default;
};

/// The size of the terminal at `fd`; 80 x 24 when it cannot be told.
TerminalSize terminal_size(int fd);

/// The terminal's characters, flags and speed as SSH passes them to the host (RFC 4254 section 8).
std::string encoded_modes(const termios& settings);

/// Puts the terminal at `fd` into raw mode, and back on destruction.
class RawMode {
 public:
  explicit RawMode(int fd);
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  ~RawMode();

 private:
  int fd_;
  termios before_{};
};

/// Turns SIGWINCH and the signals that would end us (TERM, INT, HUP, QUIT, unless ignored) into
/// bytes of a pipe while it lives, so that a terminal in raw mode is restored before we die. One at
/// a time in a process.
class SignalPipe {
 public:
  SignalPipe();
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;
  ~SignalPipe();

  /// Readable when a signal came.
  int fd() const { return read_end_.get(); }
  /// The next signal's number; nothing when there is none.
  std::optional<int> take() const;

 private:
  static constexpr std::array<int, 5> watched{SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  Fd read_end_;
  Fd write_end_;
  std::array<struct sigaction, watched.size()> before_{};
};

}  // namespace dmachine::ssh

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/terminal.hpp"

#include "core/error.hpp"
#include "ssh/wire.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

namespace dmachine::ssh {

namespace {

std::atomic<int> signal_fd{-1};

/// Only async-signal-safe calls.
void write_signal(int number) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const auto written = write(signal_fd, &byte, 1);
  errno = saved;
}

constexpr auto characters = std::to_array<std::pair<std::uint8_t, int>>({{1, VINTR},
                                                                         {2, VQUIT},
                                                                         {3, VERASE},
                                                                         {4, VKILL},
                                                                         {5, VEOF},
                                                                         {6, VEOL},
                                                                         {7, VEOL2},
                                                                         {8, VSTART},
                                                                         {9, VSTOP},
                                                                         {10, VSUSP},
                                                                         {12, VREPRINT},
                                                                         {13, VWERASE},
                                                                         {14, VLNEXT},
                                                                         {18, VDISCARD}});

struct Flag {
  std::uint8_t code;
  tcflag_t termios::*field;
  tcflag_t bit;
};

constexpr auto flags =
    std::to_array<Flag>({{30, &termios::c_iflag, IGNPAR},  {31, &termios::c_iflag, PARMRK},
                         {32, &termios::c_iflag, INPCK},   {33, &termios::c_iflag, ISTRIP},
                         {34, &termios::c_iflag, INLCR},   {35, &termios::c_iflag, IGNCR},
                         {36, &termios::c_iflag, ICRNL},   {38, &termios::c_iflag, IXON},
                         {39, &termios::c_iflag, IXANY},   {40, &termios::c_iflag, IXOFF},
                         {41, &termios::c_iflag, IMAXBEL}, {42, &termios::c_iflag, IUTF8},
                         {50, &termios::c_lflag, ISIG},    {51, &termios::c_lflag, ICANON},
                         {53, &termios::c_lflag, ECHO},    {54, &termios::c_lflag, ECHOE},
                         {55, &termios::c_lflag, ECHOK},   {56, &termios::c_lflag, ECHONL},
                         {57, &termios::c_lflag, NOFLSH},  {58, &termios::c_lflag, TOSTOP},
                         {59, &termios::c_lflag, IEXTEN},  {60, &termios::c_lflag, ECHOCTL},
                         {61, &termios::c_lflag, ECHOKE},  {70, &termios::c_oflag, OPOST},
                         {72, &termios::c_oflag, ONLCR},   {73, &termios::c_oflag, OCRNL},
                         {74, &termios::c_oflag, ONOCR},   {75, &termios::c_oflag, ONLRET},
                         {90, &termios::c_cflag, CS7},     {91, &termios::c_cflag, CS8},
                         {92, &termios::c_cflag, PARENB},  {93, &termios::c_cflag, PARODD}});

}  // namespace

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

std::string encoded_modes(const termios& settings) {
  WireWriter wire;
  for (const auto& [code, index] : characters) {
    const auto value = settings.c_cc[index];
    wire.u8(code).u32(value == _POSIX_VDISABLE ? 255 : value);  // 255: no such character
  }
  for (const auto& [code, field, bit] : flags) {
    wire.u8(code).u32((settings.*field & bit) == bit ? 1 : 0);
  }
  wire.u8(128).u32(38400).u8(129).u32(38400);  // speeds mean nothing, but some programs want one
  wire.u8(0);                                  // end
  return wire.bytes();
}

RawMode::RawMode(int fd) : fd_(fd) {
  if (tcgetattr(fd_, &before_) != 0) {
    throw system_error("reading the terminal's settings", errno);
  }
  termios raw = before_;
  cfmakeraw(&raw);
  tcsetattr(fd_, TCSADRAIN, &raw);
}

RawMode::~RawMode() {
  tcsetattr(fd_, TCSADRAIN, &before_);
}

SignalPipe::SignalPipe() {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw system_error("pipe", errno);
  }
  read_end_ = Fd(fds[0]);
  write_end_ = Fd(fds[1]);
  signal_fd = write_end_.get();
  for (std::size_t i = 0; i < watched.size(); ++i) {
    sigaction(watched[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN && watched[i] != SIGWINCH) {
      continue;
    }
    struct sigaction ours {};
    ours.sa_handler = write_signal;
    ours.sa_flags = SA_RESTART;
    sigaction(watched[i], &ours, nullptr);
  }
}

SignalPipe::~SignalPipe() {
  for (std::size_t i = 0; i < watched.size(); ++i) {
    sigaction(watched[i], &before_[i], nullptr);
  }
  signal_fd = -1;
}

std::optional<int> SignalPipe::take() const {
  unsigned char number = 0;
  return read(read_end_.get(), &number, 1) == 1 ? std::optional<int>(number) : std::nullopt;
}

}  // namespace dmachine::ssh

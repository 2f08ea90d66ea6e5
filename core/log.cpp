// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"

#include "core/live_line.hpp"
#include "core/work.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>

namespace dmachine::log {

namespace {

std::atomic<bool> debug_on{false};
std::atomic<int> info_fd{STDOUT_FILENO};
std::mutex writing;

LiveLine* live_line = nullptr;  // guarded by `writing`
bool at_line_start = true;      // so is this

void write_text(int fd, std::string_view text, std::string_view told) {
  const std::lock_guard lock(writing);
  if (live_line != nullptr && at_line_start) {
    live_line->clear();
  }
  write_all(fd, text);
  at_line_start = text.empty() ? at_line_start : text.back() == '\n';
  if (live_line != nullptr && at_line_start) {
    live_line->draw(told);
  }
}

/// `told` is what the live line may say is being done.
void write_line(int fd, std::string_view line, std::string_view told = {}) {
  std::string whole(line);
  whole += '\n';
  write_text(fd, whole, told);
}

}  // namespace

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void set_debug(bool on) {
  debug_on = on;
}
bool is_debug() {
  return debug_on;
}
void set_info_stream(InfoStream stream) {
  info_fd = stream == InfoStream::out ? STDOUT_FILENO : STDERR_FILENO;
}

void info(std::string_view line) {
  if (current_work().quiet) {
    debug(line);
    return;
  }
  write_line(info_fd, line, line);
}
void warn(std::string_view line) {
  if (current_work().quiet) {
    debug(line);
    return;
  }
  write_line(info_fd, line);
}
void error(std::string_view line) {
  if (current_work().quiet) {
    debug(line);
    return;
  }
  write_line(STDERR_FILENO, line);
}
void debug(std::string_view line) {
  if (debug_on) {
    write_line(STDERR_FILENO, line);
  }
}

void result(std::string_view text) {
  write_text(STDOUT_FILENO, text, {});
}

void set_live_line(LiveLine* line) {
  const std::lock_guard lock(writing);
  live_line = line;
}

void redraw_live_line() {
  const std::lock_guard lock(writing);
  if (live_line != nullptr && at_line_start) {
    live_line->draw({});
  }
}

}  // namespace dmachine::log

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include "cli/terminal.hpp"
#include "core/context.hpp"
#include "core/error.hpp"
#include "core/live_line.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>

namespace dmachine::cli {

namespace {

constexpr Duration period = std::chrono::seconds(1);
constexpr std::string_view clear_line = "\r\x1b[K";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view normal = "\x1b[0m";

/// 7s, 1m07s
std::string shown(Clock::duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return seconds < 60 ? fmt::format("{}s", seconds)
                      : fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
}

}  // namespace

/// The line and the thread that draws it anew.
class Progress::Ticker final : public log::LiveLine {
 public:
  Ticker() : thread_([this] { run(); }) {}
  ~Ticker() override {
    end_.request_stop();
    thread_.join();
  }

  void clear() override {
    if (is_drawn_) {
      log::write_all(STDERR_FILENO, clear_line);
      is_drawn_ = false;
    }
  }

  void draw(std::string_view told) override {
    if (!told.empty()) {
      doing_ = std::string(told.substr(0, told.find_last_not_of(". ") + 1));
      since_ = Clock::now();
      return;
    }
    const auto now = Clock::now();
    if (now - since_ < period) {
      return;  // what goes on by itself needs no line
    }
    std::string text = fmt::format("{}, {} of {}", doing_.empty() ? "Working" : doing_,
                                   shown(now - since_), shown(now - begin_));
    text = fit(std::move(text), terminal_width(STDERR_FILENO));
    if (wants_colour(STDERR_FILENO)) {
      text = fmt::format("{}{}{}", dim, text, normal);
    }
    log::write_all(STDERR_FILENO, fmt::format("{}{}", clear_line, text));
    is_drawn_ = true;
  }

 private:
  /// A line that wraps could not be cleared. The end is what changes: it stays.
  static std::string fit(std::string text, std::size_t width) {
    const std::size_t runes = count_runes(text);
    if (runes < width) {
      return text;
    }
    const std::size_t excess = runes + 1 - width;
    std::string doing = text.substr(0, text.rfind(", "));
    const std::string rest = text.substr(doing.size());
    for (std::size_t i = 0; i < excess + 1 && !doing.empty(); ++i) {
      doing.resize(start_of_last_rune(doing));
    }
    return doing + "…" + rest;
  }

  static std::size_t start_of_last_rune(std::string_view text) {
    std::size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
      --at;
    }
    return at;
  }

  void run() {
    const Context ctx(end_.token());
    try {
      for (;;) {
        ctx.sleep(period);
        log::redraw_live_line();
      }
    } catch (const Cancelled&) {
      return;
    }
  }

  // Guarded by the log's lock.
  std::string doing_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point since_ = begin_;
  bool is_drawn_ = false;

  StopSource end_;
  std::thread thread_;
};

Progress::Progress() {
  if (can_redraw(STDOUT_FILENO) && can_redraw(STDERR_FILENO)) {
    ticker_ = std::make_unique<Ticker>();
    log::set_live_line(ticker_.get());
  }
}

Progress::~Progress() {
  if (ticker_) {
    log::set_live_line(nullptr);
    ticker_->clear();
  }
}

}  // namespace dmachine::cli

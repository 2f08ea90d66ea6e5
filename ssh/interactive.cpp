// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/interactive.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "ssh/channel.hpp"
#include "ssh/terminal.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

namespace dmachine::ssh {

namespace {

/// Our own stdout or stderr cannot be written any more.
class OutputClosed {};

OutputSink to_fd(int fd) {
  return [fd](std::string_view piece) {
    if (!log::write_all(fd, piece)) {
      throw OutputClosed();
    }
  };
}

/// Connects what runs on the channel with our stdin, stdout and stderr.
class Relay {
 public:
  Relay(const Context& ctx, const Transport& transport, Channel& channel)
      : ctx_(ctx), transport_(transport), channel_(channel) {}

  /// `signals` is given when our terminal is in raw mode. Gives the number of a signal that is to
  /// end us, or nothing when the remote side came to its end.
  std::optional<int> run(const SignalPipe* signals) {
    const auto out = to_fd(STDOUT_FILENO);
    const auto err = to_fd(STDERR_FILENO);
    while (channel_.read(ctx_, out, err)) {
      pass_input();
      if (const auto number = wait(signals)) {
        return number;
      }
    }
    return std::nullopt;
  }

 private:
  void pass_input() {
    while (!pending_.empty()) {
      const auto taken = channel_.write(ctx_, pending_);
      if (taken == 0) {
        return;
      }
      pending_.remove_prefix(taken);
    }
    if (input_ended_ && !eof_sent_) {
      channel_.send_eof(ctx_);
      eof_sent_ = true;
    }
  }

  void read_input() {
    const auto got = read(STDIN_FILENO, buffer_.data(), buffer_.size());
    if (got > 0) {
      pending_ = {buffer_.data(), static_cast<std::size_t>(got)};
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      input_ended_ = true;
    }
    pass_input();
  }

  std::optional<int> wait(const SignalPipe* signals) {
    const bool wants_input = pending_.empty() && !input_ended_;
    std::array<pollfd, 4> watched{{{transport_.socket(), transport_.wanted_events(), 0},
                                   {wants_input ? STDIN_FILENO : -1, POLLIN, 0},
                                   {signals != nullptr ? signals->fd() : -1, POLLIN, 0},
                                   {ctx_.stop_token().fd(), POLLIN, 0}}};
    const auto limit = std::min<Duration::rep>(ctx_.remaining().count(), 60'000);
    if (poll(watched.data(), watched.size(), static_cast<int>(limit)) < 0 && errno != EINTR) {
      throw system_error("poll", errno);
    }
    ctx_.check();
    if (watched[1].revents != 0) {
      read_input();
    }
    while (signals != nullptr) {
      const auto number = signals->take();
      if (!number) {
        break;
      }
      if (*number != SIGWINCH) {
        return number;
      }
      const auto size = terminal_size(STDIN_FILENO);
      channel_.resize_pty(ctx_, size.columns, size.rows);
    }
    return std::nullopt;
  }

  const Context& ctx_;
  const Transport& transport_;
  Channel& channel_;
  std::array<char, 16384> buffer_{};
  std::string_view pending_;  // what of the buffer the host has not taken yet
  bool input_ended_ = false;
  bool eof_sent_ = false;
};

void ask_for_pty(const Context& ctx, Channel& channel) {
  termios settings{};
  tcgetattr(STDIN_FILENO, &settings);
  const auto size = terminal_size(STDIN_FILENO);
  channel.request_pty(ctx, find_env("TERM").value_or("xterm"), encoded_modes(settings),
                      size.columns, size.rows);
}

/// Runs it with the terminal in raw mode if there is one, and dies by a signal only after restoring
/// it.
void relay(const Context& ctx, const Transport& transport, Channel& channel, bool with_terminal) {
  std::optional<int> number;
  if (with_terminal) {
    const SignalPipe signals;
    const RawMode raw(STDIN_FILENO);
    number = Relay(ctx, transport, channel).run(&signals);
  } else {
    number = Relay(ctx, transport, channel).run(nullptr);
  }
  if (number) {
    static_cast<void>(raise(*number));
    throw Cancelled();  // somebody blocks it
  }
}

}  // namespace

CommandResult run_interactive(const Context& ctx, const Endpoint& endpoint, const HostKeyPin& pin,
                              const std::vector<std::string>& words) {
  check(endpoint);
  Transport transport(ctx, endpoint, pin, LoginLimits{});
  CommandResult result;
  try {
    Channel channel(ctx, transport);
    const bool with_terminal = words.empty() && isatty(STDIN_FILENO) == 1;
    if (with_terminal) {
      ask_for_pty(ctx, channel);
    }
    words.empty() ? channel.shell(ctx) : channel.exec(ctx, join(words, " "));
    relay(ctx, transport, channel, with_terminal);
    const auto ending = channel.finish(ctx);
    result.exit_signal = ending.signal;
    if (ending.signal.empty()) {
      result.exit_status = ending.status;
    }
  } catch (const ConnectionLost& lost) {
    log::debug("SSH connection lost: {}", lost.what());
  } catch (const OutputClosed&) {
    result.exit_signal = "PIPE";  // as if the remote command had met the closed pipe itself
  }
  return result;
}

}  // namespace dmachine::ssh

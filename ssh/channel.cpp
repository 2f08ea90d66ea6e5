// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace dmachine::ssh {

namespace {

constexpr std::size_t largest_write =
    30'000;  // libssh2 cuts at 32 700; a key exchange in a partial write locks up
constexpr std::size_t read_size = 32'768;

}  // namespace

Channel::Channel(const Context& ctx, Transport& transport) : transport_(transport) {
  auto* session = transport_.get();
  // A server with MaxSessions 1 may still be clearing away the channel before.
  for (Duration pause(5);; pause *= 2) {
    const int code = transport_.complete(ctx, [&] {
      channel_ = libssh2_channel_open_session(session);
      return channel_ != nullptr ? 0 : libssh2_session_last_errno(session);
    });
    if (code != LIBSSH2_ERROR_CHANNEL_FAILURE) {
      check(code, "opening a session");
      return;
    }
    if (pause > Duration(500)) {
      throw ChannelRefused(
          fmt::format("the SSH server opens no further session: {}", transport_.last_error()));
    }
    ctx.sleep(pause);
  }
}

int Channel::check(long code, const char* doing) const {
  if (code >= 0) {
    return static_cast<int>(code);
  }
  const auto text = fmt::format("{}: {}", doing, transport_.last_error());
  if (code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
    throw Error(Errc::denied, text);
  }
  throw ConnectionLost(text);
}

void Channel::request_pty(const Context& ctx, const std::string& terminal, std::string_view modes,
                          int columns, int rows) {
  check(transport_.complete(ctx,
                            [&] {
                              return libssh2_channel_request_pty_ex(
                                  channel_, terminal.data(), static_cast<unsigned>(terminal.size()),
                                  modes.data(), static_cast<unsigned>(modes.size()), columns, rows,
                                  0, 0);
                            }),
        "asking for a terminal");
}

void Channel::resize_pty(const Context& ctx, int columns, int rows) {
  check(transport_.settle(
            ctx, [&] { return libssh2_channel_request_pty_size(channel_, columns, rows); }),
        "resizing the terminal");
}

void Channel::exec(const Context& ctx, std::string_view command) {
  check(transport_.complete(ctx,
                            [&] {
                              return libssh2_channel_process_startup(
                                  channel_, "exec", 4, command.data(),
                                  static_cast<unsigned>(command.size()));
                            }),
        "starting the command");
}

void Channel::shell(const Context& ctx) {
  check(transport_.complete(
            ctx, [&] { return libssh2_channel_process_startup(channel_, "shell", 5, nullptr, 0); }),
        "starting a shell");
}

std::size_t Channel::write(const Context& ctx, std::string_view bytes) {
  bytes = bytes.substr(0, largest_write);
  const auto code = transport_.settle(
      ctx, [&] { return libssh2_channel_write_ex(channel_, 0, bytes.data(), bytes.size()); });
  return code == LIBSSH2_ERROR_EAGAIN
             ? 0
             : static_cast<std::size_t>(check(static_cast<long>(code), "sending input"));
}

void Channel::send_eof(const Context& ctx) {
  check(transport_.complete(ctx, [&] { return libssh2_channel_send_eof(channel_); }),
        "ending the input");
}

bool Channel::read_stream(const Context& ctx, int stream, const OutputSink& sink) {
  const auto buffer = std::make_unique<std::array<char, read_size>>();
  for (bool any = false;; any = true) {
    const auto code = transport_.settle(ctx, [&] {
      return libssh2_channel_read_ex(channel_, stream, buffer->data(), buffer->size());
    });
    if (code == 0 || code == LIBSSH2_ERROR_EAGAIN) {
      return any;
    }
    check(static_cast<long>(code), "reading output");
    sink({buffer->data(), static_cast<std::size_t>(code)});
    ctx.check();  // a host that never stops writing must not keep us from stopping
  }
}

bool Channel::read(const Context& ctx, const OutputSink& on_out, const OutputSink& on_err) {
  // Reading one stream takes packets of the other off the socket as well, and poll(2) knows nothing
  // of those: so again until libssh2 holds nothing more.
  for (unsigned long queued = 1; queued > 0;) {
    const bool out = read_stream(ctx, 0, on_out);
    const bool err = read_stream(ctx, SSH_EXTENDED_DATA_STDERR, on_err);
    libssh2_channel_window_read_ex(channel_, &queued, nullptr);
    if (!out && !err) {
      break;
    }
  }
  return libssh2_channel_eof(channel_) == 0;
}

Channel::Ending Channel::finish(const Context& ctx) {
  // The server closes after it has sent the exit status. Were our close sent first, the status
  // could get lost.
  check(transport_.complete(ctx, [&] { return libssh2_channel_wait_eof(channel_); }),
        "waiting for the end");
  check(transport_.complete(ctx, [&] { return libssh2_channel_wait_closed(channel_); }),
        "waiting for the end");
  check(transport_.complete(ctx, [&] { return libssh2_channel_close(channel_); }), "closing");
  Ending ending{libssh2_channel_get_exit_status(channel_), {}};
  char* signal = nullptr;
  std::size_t size = 0;
  if (libssh2_channel_get_exit_signal(channel_, &signal, &size, nullptr, nullptr, nullptr,
                                      nullptr) == 0 &&
      signal != nullptr) {
    ending.signal.assign(signal, size);
    libssh2_free(transport_.get(), signal);
  }
  transport_.complete(ctx, [&] { return libssh2_channel_free(channel_); });
  return ending;
}

}  // namespace dmachine::ssh

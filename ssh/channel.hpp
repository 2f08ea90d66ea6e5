// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/session.hpp"
#include "ssh/transport.hpp"

#include <string>
#include <string_view>

namespace dmachine::ssh {

/// The server opens no further channel (MaxSessions); the connection is good.
class ChannelRefused : public Error {
 public:
  explicit ChannelRefused(const std::string& message) : Error(Errc::unavailable, message) {}
};

/// A remote command on a connection: one channel of libssh2. One at a time per connection. All
/// calls throw ConnectionLost when the connection is gone; after any exception but ChannelRefused
/// the whole connection has to be given up.
class Channel {
 public:
  /// Throws ChannelRefused.
  Channel(const Context& ctx, Transport& transport);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() = default;  // libssh2 frees a channel not finished with its session

  /// Asks for a terminal of this kind and size (characters); `modes` as RFC 4254 section 8 encodes
  /// them. Throws Error{denied}.
  void request_pty(const Context& ctx, const std::string& terminal, std::string_view modes,
                   int columns, int rows);
  void resize_pty(const Context& ctx, int columns, int rows);

  /// Starts a command, or the login shell. Throws Error{denied} when the server refuses.
  void exec(const Context& ctx, std::string_view command);
  void shell(const Context& ctx);

  /// Sends a piece to the command's stdin and gives how many bytes of it; 0 when the host takes no
  /// more now.
  std::size_t write(const Context& ctx, std::string_view bytes);
  void send_eof(const Context& ctx);

  /// Hands on all that has arrived. False once there will be no more.
  bool read(const Context& ctx, const OutputSink& on_out, const OutputSink& on_err);

  /// Waits for the end, closes, and tells how the command ended. `status` 0 is also what libssh2
  /// gives when no status came.
  struct Ending {
    int status = 0;
    std::string signal;
  };
  Ending finish(const Context& ctx);

 private:
  int check(long code, const char* doing) const;
  bool read_stream(const Context& ctx, int stream, const OutputSink& sink);

  Transport& transport_;
  LIBSSH2_CHANNEL* channel_ = nullptr;
};

}  // namespace dmachine::ssh

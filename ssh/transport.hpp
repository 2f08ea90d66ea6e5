// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "ssh/endpoint.hpp"
#include "ssh/identity.hpp"
#include "ssh/known_hosts.hpp"

#include <libssh2.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dmachine::ssh {

/// The connection is gone; the text is libssh2's. Does not leave this folder.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// This libssh2 and this server have no common algorithm; the system's ssh may have one.
class NoCommonAlgorithm : public Error {
 public:
  explicit NoCommonAlgorithm(const std::string& message);
};

/// How long the parts of a login may take.
struct LoginLimits {
  Duration tcp = std::chrono::seconds(10);
  Duration handshake = std::chrono::seconds(10);
  Duration login = std::chrono::seconds(30);
};

/// An SSH connection over libssh2, logged in. The session and its socket never block: all waiting
/// happens in `wait`, which ends at once when the context does. After an exception the connection
/// is not to be used any more.
class Transport {
 public:
  /// Connects, compares the host key with its pin before anything else is said, logs in with the
  /// endpoint's key or the agent's, and pins the key of a host seen for the first time. Throws as
  /// `connect` (session.hpp), and NoCommonAlgorithm.
  Transport(const Context& ctx, const Endpoint& endpoint, const HostKeyPin& pin,
            const LoginLimits& limits);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport();

  LIBSSH2_SESSION* get() const { return session_.get(); }
  int socket() const { return socket_.get(); }

  /// The text of libssh2's last error.
  std::string last_error() const;

  /// Waits until the call that would block is worth repeating.
  void wait(const Context& ctx) const;

  /// What libssh2 waits for now, as events of poll(2).
  short wanted_events() const;

  /// Calls until it no longer waits to send: libssh2 loses or mixes up packets when anything else
  /// is called in between. May return LIBSSH2_ERROR_EAGAIN when there is nothing to receive yet.
  template <typename Call>
  auto settle(const Context& ctx, Call&& call) const {
    for (;;) {
      const auto rc = call();
      if (rc != LIBSSH2_ERROR_EAGAIN || !waits_to_send()) {
        return rc;
      }
      wait(ctx);
    }
  }

  /// Calls until it is done.
  template <typename Call>
  auto complete(const Context& ctx, Call&& call) const {
    for (;;) {
      const auto rc = call();
      if (rc != LIBSSH2_ERROR_EAGAIN) {
        return rc;
      }
      wait(ctx);
    }
  }

 private:
  struct FreeSession {
    void operator()(LIBSSH2_SESSION* session) const;
  };

  bool waits_to_send() const;
  void handshake(const Context& ctx, const std::vector<HostKey>& pinned);
  HostKey host_key() const;
  void log_in(const Context& ctx, const Endpoint& endpoint,
              const std::vector<Identity>& identities);
  bool try_identity(const Context& ctx, const std::string& user, const Identity& identity);

  Fd socket_;                 // outlives the session
  bool established_ = false;  // there is someone to say good-bye to
  std::unique_ptr<LIBSSH2_SESSION, FreeSession> session_;
};

}  // namespace dmachine::ssh

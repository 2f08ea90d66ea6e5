// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "ssh/endpoint.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dmachine::ssh {

/// How a remote command ended. Exactly one of the three: it exited (`exit_status`), a signal killed
/// it (`exit_signal`, "KILL" without SIG), or the connection was lost first (both absent): never to
/// be read as success.
struct CommandResult {
  std::string out;
  std::string err;
  std::optional<int> exit_status;
  std::string exit_signal;

  bool ok() const { return exit_status == 0; }
  bool lost() const { return !exit_status && exit_signal.empty(); }
};

/// `exit status 7`, `signal: KILL` or `connection lost`.
std::string describe(const CommandResult& result);

/// Gets output as it arrives, in pieces of any size.
using OutputSink = std::function<void(std::string_view)>;

/// One connection to a host; commands run one after the other on it. Not for several threads at
/// once.
class Session {
 public:
  virtual ~Session() = default;

  /// Runs `command` by the remote login shell (a POSIX one), in a subshell, with `input` on its
  /// stdin (nothing of it appears in any argv or log). `on_out`, when given, gets stdout as it
  /// arrives, and `out` is then empty. At the context's end the connection is dropped and the
  /// context's exception thrown. A lost connection is a result, not an exception.
  virtual CommandResult run(const Context& ctx, const std::string& command,
                            std::string_view input = {}, const OutputSink& on_out = {}) = 0;

  /// Writes a file on the host: whole or not at all (temp beside it, mode from birth, rename), by a
  /// shell command with the content on stdin; `sudo` when the login is not root. Throws Error.
  void upload(const Context& ctx, const std::string& remote_path, std::string_view content,
              unsigned mode);

  /// A new connection to the same endpoint in place of this one, after a loss. Throws as `connect`.
  virtual void reconnect(const Context& ctx) = 0;

  virtual const Endpoint& endpoint() const = 0;
};

/// Pins the keys the host itself names in /etc/ssh/ssh_host_*_key.pub, told over the session, which
/// is trusted: for hosts whose cloud-init makes new host keys after our first login. Changes
/// nothing when the host names none or the pin's path is empty.
void pin_host_keys(const Context& ctx, Session& session, const HostKeyPin& pin);

/// Which SSH implementation to use: libssh2 (`native`), or the system's ssh. `automatic` is native,
/// and the system's ssh where libssh2 cannot talk to this server (RSA-only host key with
/// libssh2 1.10) and there is one.
enum class Client { automatic, native, external };

/// Connects and logs in, once. Throws Error: unavailable (refused, unreachable, reset: worth
/// another try while a host boots), denied (key not accepted), invalid (key file unreadable, host
/// key differs from the pin, no common algorithm), timeout.
std::unique_ptr<Session> connect(const Context& ctx, const Endpoint& endpoint,
                                 const HostKeyPin& pin, Client client = Client::automatic);

/// Looks at the machine between tries; throws when waiting is pointless (instance gone, stopped, no
/// address).
using StillWorthWaiting = std::function<void(const Context&)>;

/// Connects as soon as the host lets us in: fast tries while the port is closed, slower ones after
/// a refused login (cloud-init may not have written the key yet; sshd penalises failed logins).
/// `look` is called about every 5 s. Throws Error with the last cause at the context's deadline,
/// and at once for what cannot heal.
std::unique_ptr<Session> connect_when_ready(const Context& ctx, const Endpoint& endpoint,
                                            const HostKeyPin& pin, const StillWorthWaiting& look,
                                            Client client = Client::automatic);

}  // namespace dmachine::ssh

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "ssh/session.hpp"

#include <string>
#include <vector>

namespace dmachine::ssh {

/// Argument vector of the system's ssh for one command of a Session: as external_argv, but it never
/// asks, never makes a terminal, and says on stderr why it failed.
std::vector<std::string> session_argv(const std::string& ssh_program, const Endpoint& endpoint,
                                      const HostKeyPin& pin, const std::string& command);

/// What ssh's own messages mean when it ended with 255: denied, invalid (key or host key), or
/// unavailable.
Error external_error(const std::string& messages, const HostKeyPin& pin);

/// Why a login by the system's ssh fails; empty when it does not fail. Never throws an Error.
std::string external_failure_reason(const Context& ctx, const Endpoint& endpoint,
                                    const HostKeyPin& pin);

/// A Session by the system's ssh: one process and one connection per command.
class ExternalSession : public Session {
 public:
  /// Logs in once. Throws as `connect`; Error{not_found} when there is no ssh in PATH.
  ExternalSession(const Context& ctx, Endpoint endpoint, HostKeyPin pin);

  CommandResult run(const Context& ctx, const std::string& command, std::string_view input,
                    const OutputSink& on_out) override;
  void reconnect(const Context& ctx) override;
  const Endpoint& endpoint() const override { return endpoint_; }

 private:
  CommandResult run_pinned(const Context& ctx, const HostKeyPin& pin, const std::string& command,
                           std::string_view input, const OutputSink& on_out) const;

  std::string program_;
  Endpoint endpoint_;
  HostKeyPin pin_;
};

}  // namespace dmachine::ssh

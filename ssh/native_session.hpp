// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/session.hpp"
#include "ssh/transport.hpp"

#include <memory>

namespace dmachine::ssh {

/// A Session over libssh2: one connection, a channel per command.
class NativeSession : public Session {
 public:
  /// Throws as `connect`, and NoCommonAlgorithm.
  NativeSession(const Context& ctx, Endpoint endpoint, HostKeyPin pin,
                const LoginLimits& limits = {});

  CommandResult run(const Context& ctx, const std::string& command, std::string_view input,
                    const OutputSink& on_out) override;
  void reconnect(const Context& ctx) override;
  const Endpoint& endpoint() const override { return endpoint_; }

 private:
  Endpoint endpoint_;
  HostKeyPin pin_;
  std::unique_ptr<Transport> transport_;  // none after a loss
};

}  // namespace dmachine::ssh

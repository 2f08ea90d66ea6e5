// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/native_session.hpp"

#include "core/log.hpp"
#include "ssh/channel.hpp"
#include "ssh/end_mark.hpp"
#include "ssh/output_limit.hpp"

#include <fmt/format.h>

#include <utility>

namespace dmachine::ssh {

namespace {

/// Feeds stdin and collects both outputs to their end.
Channel::Ending exchange(const Context& ctx, const Transport& transport, Channel& channel,
                         std::string_view input, const OutputSink& on_out,
                         const OutputSink& on_err) {
  bool eof_sent = false;
  for (;;) {
    bool sent = false;
    if (!input.empty()) {
      const auto taken = channel.write(ctx, input);
      input.remove_prefix(taken);
      sent = taken > 0;
    }
    if (input.empty() && !eof_sent) {
      channel.send_eof(ctx);
      eof_sent = true;
    }
    if (!channel.read(ctx, on_out, on_err)) {
      return channel.finish(ctx);
    }
    if (!sent || input.empty()) {
      transport.wait(ctx);
    }
  }
}

}  // namespace

NativeSession::NativeSession(const Context& ctx, Endpoint endpoint, HostKeyPin pin,
                             const LoginLimits& limits)
    : endpoint_(std::move(endpoint)),
      pin_(std::move(pin)),
      transport_(std::make_unique<Transport>(ctx, endpoint_, pin_, limits)) {}

CommandResult NativeSession::run(const Context& ctx, const std::string& command,
                                 std::string_view input, const OutputSink& on_out) {
  log::debug("About to run SSH command:\n{}", command);
  CommandResult result;
  if (!transport_) {
    return result;
  }
  const EndMark mark;
  const auto keep_out = limited_sink(result.out);
  const auto keep_err = limited_sink(result.err);
  // The connection is good again only after a proper end.
  auto transport = std::exchange(transport_, nullptr);
  try {
    Channel channel(ctx, *transport);
    channel.exec(ctx, mark.wrap(command));
    const auto ending =
        exchange(ctx, *transport, channel, input, on_out ? on_out : keep_out, keep_err);
    result.exit_signal = ending.signal;
    if (ending.signal.empty() && ending.status != 0) {
      result.exit_status = ending.status;
    }
    transport_ = std::move(transport);
  } catch (const ChannelRefused&) {
    transport_ = std::move(transport);
    throw;
  } catch (const ConnectionLost& lost) {
    log::debug("SSH connection lost: {}", lost.what());
  }
  if (const auto status = mark.take(result.err)) {
    result.exit_status = *status;
    result.exit_signal.clear();
  }
  log::debug("SSH command ended: {}, {} bytes of output, {} of errors", describe(result),
             result.out.size(), result.err.size());
  return result;
}

void NativeSession::reconnect(const Context& ctx) {
  transport_.reset();
  transport_ = std::make_unique<Transport>(ctx, endpoint_, pin_, LoginLimits{});
}

}  // namespace dmachine::ssh

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "machine/provisioning.hpp"
#include "ssh/external.hpp"
#include "ssh/interactive.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

void run_native(const Context& ctx, const ssh::Endpoint& endpoint, const ssh::HostKeyPin& pin,
                const std::vector<std::string>& words) {
  const auto result = ssh::run_interactive(ctx, endpoint, pin, words);
  if (result.lost()) {
    throw Error(Errc::unavailable, "the connection was lost before the command ended");
  }
  if (!result.exit_signal.empty()) {
    throw Error(Errc::unavailable,
                fmt::format("Process exited from signal {}", result.exit_signal));
  }
  if (!result.ok()) {
    throw Error(Errc::unavailable,
                fmt::format("Process exited with status {}", *result.exit_status));
  }
}

}  // namespace

int run_ssh(Invocation& invocation) {
  log::set_info_stream(log::InfoStream::err);  // stdout is the remote command's
  std::vector<std::string> words = invocation.raw_words;
  if (!words.empty() && (words[0] == "-h" || words[0] == "-help" || words[0] == "--help")) {
    log::result(command_help(invocation.command));
    return 0;
  }
  if (words.empty()) {
    words = invocation.names_or_default();
  }
  const std::string name = words.front();
  words.erase(words.begin());
  machine::Machine machine = invocation.store().load(name);
  if (machine.driver->state(invocation.ctx) != State::running) {
    throw Error(
        Errc::unavailable,
        fmt::format("Error: Cannot run SSH command: Host {} is not running", go_quote(name)));
  }
  const auto endpoint = machine.driver->endpoint(machine.driver->address(invocation.ctx));
  const auto pin = machine::host_key_pin(invocation.store(), machine);
  if (invocation.globals.native_ssh || !find_program("ssh")) {
    run_native(invocation.ctx, endpoint, pin, words);
    return 0;
  }
  const ExitStatus status = ssh::run_external(endpoint, pin, words);
  if (!status.ok()) {
    throw Error(Errc::unavailable, to_string(status));
  }
  return 0;
}

}  // namespace dmachine::cli

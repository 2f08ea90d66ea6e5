// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/session.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "ssh/known_hosts.hpp"

#include <fmt/format.h>

namespace dmachine::ssh {

std::string describe(const CommandResult& result) {
  if (result.lost()) {
    return "connection lost";
  }
  return result.exit_status ? fmt::format("exit status {}", *result.exit_status)
                            : fmt::format("signal: {}", result.exit_signal);
}

void Session::upload(const Context& ctx, const std::string& remote_path, std::string_view content,
                     unsigned mode) {
  const auto path = shell_quote(remote_path);
  const auto temporary = shell_quote(fmt::format("{}.tmp{}", remote_path, random_hex(6)));
  // When the connection dies, `cat` sees an early end of its input like any other: hence the size.
  const auto script = fmt::format(
      "umask 077; cat >{0} && [ $(wc -c <{0}) -eq {1} ] && chmod {2:04o} {0} && "
      "mv -f {0} {3} || {{ rm -f {0}; exit 1; }}",
      temporary, content.size(), mode & 07777U, path);
  const auto* shell = endpoint().user == "root" ? "sh -c" : "sudo -n sh -c";
  const auto result = run(ctx, fmt::format("{} {}", shell, shell_quote(script)), content);
  if (!result.ok()) {
    throw Error(result.lost() ? Errc::unavailable : Errc::denied,
                fmt::format("writing {} on the machine: {}{}{}", remote_path, describe(result),
                            result.err.empty() ? "" : ": ", trim(result.err)));
  }
}

void pin_host_keys(const Context& ctx, Session& session, const HostKeyPin& pin) {
  if (pin.known_hosts.empty()) {
    return;
  }
  const auto result = session.run(ctx, "cat /etc/ssh/ssh_host_*_key.pub");
  std::vector<HostKey> keys;
  for (const auto& line : split(result.out, '\n')) {
    // As in known_hosts, but for the name in front.
    for (auto& key : parse_known_hosts(fmt::format("{} {}", pin.alias, line), pin.alias)) {
      keys.push_back(std::move(key));
    }
  }
  if (!result.ok() || keys.empty()) {
    log::debug("the host names no host keys: {}", describe(result));
    return;
  }
  save_pinned(pin, keys);
}

}  // namespace dmachine::ssh

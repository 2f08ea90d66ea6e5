// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/connection.hpp"
#include "cli/shells.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/access.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

/// The user's shell by --shell or $SHELL. Throws after the lines that the reference prints when
/// there is neither.
const Shell& choose_shell(const OptionValues& options) {
  if (const std::string& name = options.text("shell"); !name.empty()) {
    return find_shell(name);
  }
  const auto path = find_env("SHELL");
  if (!path) {
    log::result(
        "The default lines below are for a sh/bash shell, you can specify the shell you're using, "
        "with the --shell flag.\n\n");
    throw Error(Errc::usage, "Error: Unknown shell");
  }
  return find_shell(path->substr(path->rfind('/') + 1));
}

struct ProxyVariable {
  std::string name;
  std::string value;
};

/// no_proxy if it has a value, else NO_PROXY.
ProxyVariable find_no_proxy() {
  if (auto value = find_env("no_proxy")) {
    return {"no_proxy", *value};
  }
  return {"NO_PROXY", find_env("NO_PROXY").value_or("")};
}

std::string with_address(const std::string& old, const std::string& address) {
  if (old.empty()) {
    return address;
  }
  return old.find(address) != std::string::npos ? old : old + "," + address;
}

int print_unset(const Invocation& invocation) {
  if (!invocation.words().empty()) {
    throw Error(Errc::usage, "Error: Expected no machine name when the -u flag is present");
  }
  const Shell& shell = choose_shell(invocation.options());
  std::string lines;
  for (const auto* variable :
       {"DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME"}) {
    lines += unset_line(shell, variable);
  }
  if (invocation.options().boolean("no-proxy")) {
    lines += unset_line(shell, find_no_proxy().name);
  }
  log::result(lines + hint_lines(shell, invocation.argv));
  return 0;
}

}  // namespace

int run_env(Invocation& invocation) {
  log::set_info_stream(log::InfoStream::err);
  const OptionValues& options = invocation.options();
  if (options.boolean("unset")) {
    return print_unset(invocation);
  }
  const std::string name = invocation.one_name_or_default();
  machine::Machine machine = invocation.store().load(name);
  const std::string url = with_context("Error checking TLS connection", [&] {
    return checked_url(invocation, machine, options.boolean("swarm"));
  });
  const Shell& shell = choose_shell(options);
  std::string lines = set_line(shell, "DOCKER_TLS_VERIFY", "1");
  lines += set_line(shell, "DOCKER_HOST", url);
  lines += set_line(shell, "DOCKER_CERT_PATH", invocation.store().machine_folder(name).string());
  lines += set_line(shell, "DOCKER_MACHINE_NAME", name);
  if (options.boolean("no-proxy")) {
    const std::string address = with_context(
        "Error getting host IP", [&] { return machine::current_address(invocation.ctx, machine); });
    const ProxyVariable proxy = find_no_proxy();
    lines += set_line(shell, proxy.name, with_address(proxy.value, address));
  }
  log::result(lines + hint_lines(shell, invocation.argv));
  return 0;
}

}  // namespace dmachine::cli

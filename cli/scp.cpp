// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/machine_path.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "ssh/native_copy.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace dmachine::cli {

namespace {

ssh::CopyEnd copy_end(const Invocation& invocation, const std::string& word) {
  MachinePath parsed = parse_machine_path(word);
  ssh::CopyEnd end{std::nullopt, std::move(parsed.path)};
  if (parsed.machine) {
    end.remote = load_remote(invocation, *parsed.machine, parsed.user);
  }
  return end;
}

void run_or_throw(const std::vector<std::string>& argv) {
  log::debug("{}", join(argv, " "));
  const ExitStatus status = run_attached(argv);
  if (!status.ok()) {
    throw Error(Errc::unavailable, to_string(status));
  }
}

void run_scp(const std::string& program, const ssh::CopyEnd& from, const ssh::CopyEnd& to,
             const ssh::CopyOptions& options) {
  if (!from.remote || !to.remote) {
    run_or_throw(ssh::scp_argv(program, from, to, options));
    return;
  }
  // A file in memory, which the children read by our name for it: nothing is left behind by a kill.
  const Fd config(memfd_create("ssh_config", MFD_CLOEXEC));
  if (!config || !log::write_all(config.get(), ssh::two_machine_config(*from.remote, *to.remote))) {
    throw system_error("memfd_create", errno);
  }
  run_or_throw(ssh::scp_argv(program, from, to, options,
                             fmt::format("/proc/{}/fd/{}", getpid(), config.get())));
}

}  // namespace

int run_scp(Invocation& invocation) {
  const auto& words = invocation.words();
  if (words.size() != 2) {
    log::result(command_help(invocation.command));
    throw Error(Errc::usage, "Improper number of arguments");
  }
  const OptionValues& given = invocation.options();
  const bool delta = given.boolean("delta");
  const auto rsync = delta ? find_program("rsync") : std::nullopt;
  if (delta && !rsync) {
    throw Error(Errc::not_found,
                "You must have a copy of the rsync binary locally to use the --delta option");
  }
  const ssh::CopyEnd from = copy_end(invocation, words[0]);
  const ssh::CopyEnd to = copy_end(invocation, words[1]);
  for (const auto* end : {&from, &to}) {
    if (end->remote) {
      ssh::prepare(*end->remote);
    }
  }
  const ssh::CopyOptions options{given.boolean("recursive"), given.boolean("quiet")};
  if (delta) {
    run_or_throw(ssh::rsync_argv(*rsync, from, to, options));
    return 0;
  }
  const auto scp = find_program("scp");
  if (invocation.globals.native_ssh || !scp || !find_program("ssh")) {
    ssh::copy_native(invocation.ctx, from, to, options);
  } else {
    run_scp(*scp, from, to, options);
  }
  return 0;
}

}  // namespace dmachine::cli

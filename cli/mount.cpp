// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/machine_path.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/process.hpp"
#include "core/text.hpp"

namespace dmachine::cli {

namespace {

std::string program_or_throw(std::initializer_list<const char*> names, const char* complaint) {
  for (const auto* name : names) {
    if (auto program = find_program(name)) {
      return *std::move(program);
    }
  }
  throw Error(Errc::not_found, complaint);
}

}  // namespace

int run_mount(Invocation& invocation) {
  const auto& words = invocation.words();
  if (words.empty() || words.size() > 2) {
    log::result(command_help(invocation.command));
    throw Error(Errc::usage, "Improper number of arguments");
  }
  const bool unmount = invocation.options().boolean("unmount");
  // fuse 3 has another name for it.
  const std::string program =
      unmount ? program_or_throw({"fusermount", "fusermount3"},
                                 "You must have a copy of the fusermount binary locally to use the "
                                 "unmount option")
              : program_or_throw({"sshfs"},
                                 "You must have a copy of the sshfs binary locally to use the "
                                 "mount feature");
  MachinePath from = parse_machine_path(words[0]);
  if (words[0].find(':') == std::string::npos) {
    from.machine = "default";
  }
  const ssh::Remote remote = load_remote(invocation, from.machine.value_or("localhost"), from.user);
  const std::string mount_point = words.size() == 2 ? words[1] : from.path;
  std::vector<std::string> argv{program, "-u", mount_point};
  if (!unmount) {
    ssh::prepare(remote);
    argv = ssh::sshfs_argv(program, remote, from.path, mount_point);
  }
  log::debug("{}", join(argv, " "));
  const ExitStatus status = run_attached(argv);
  if (!status.ok()) {
    throw Error(Errc::unavailable, to_string(status));
  }
  return 0;
}

}  // namespace dmachine::cli

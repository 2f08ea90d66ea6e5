// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/arguments.hpp"
#include "core/context.hpp"
#include "core/signals.hpp"
#include "machine/store.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::cli {

/// The global options' values that commands need.
struct Globals {
  machine::Store store;
  certs::AuthorityFiles certificates;  // --tls-…; empty means the store's own
  bool native_ssh = false;
};

/// Exit code when something refused before anything was made.
inline constexpr int exit_precheck = 3;

struct Command;

/// One run of one command.
struct Invocation {
  const Command& command;
  const Globals& globals;
  Context ctx;
  const std::vector<std::string>& argv;  // the whole command line
  std::vector<std::string> raw_words;    // what stood after the command
  Arguments arguments;  // raw_words parsed; without options for commands that parse themselves
  std::vector<Option> table = {};  // what parse_with_driver read `arguments` by

  const machine::Store& store() const { return globals.store; }
  const std::vector<std::string>& words() const { return arguments.words; }
  const OptionValues& options() const { return arguments.options; }

  /// The names given, or `default` when none is given and there is such a machine. Throws
  /// Error{usage} in the reference's words.
  std::vector<std::string> names_or_default() const;
  /// At most one name (`Error: Expected one machine name as an argument`), else the default
  /// machine.
  std::string one_name_or_default() const;
};

/// Who reads a command's words: the frame by the option table, or the command itself (`ssh`,
/// `create`).
enum class Parsing {
  by_table,
  own,
  with_driver,  // own, by parse_with_driver: the driver's options behind --driver too
};

/// A row of the command table: everything that help, man page and completions say about a command.
struct Command {
  std::string_view name;
  std::string_view arguments;  // "[name]", for help
  std::string_view summary;    // one line
  std::string_view details;    // more, may be empty
  std::span<const Option> options;
  int (*run)(Invocation&);  // the exit code; failures are thrown
  Parsing parsing = Parsing::by_table;
  SignalPolicy signals = SignalPolicy::default_action;
};

/// All commands, in the order of the help.
std::span<const Command> commands();
const Command* find_command(std::string_view name);

/// Options before the command.
std::span<const Option> global_options();
/// Options of `create` that every driver has.
std::span<const Option> create_options();

/// Runs a program's whole command line and gives its exit code. Never throws.
int run_program(const std::vector<std::string>& argv);

int run_active(Invocation&);
int run_config(Invocation&);
int run_create(Invocation&);
int run_doctor(Invocation&);
int run_gc(Invocation&);
int run_env(Invocation&);
int run_help(Invocation&);
int run_inspect(Invocation&);
int run_ip(Invocation&);
int run_kill(Invocation&);
int run_ls(Invocation&);
int run_mount(Invocation&);
int run_provision(Invocation&);
int run_regenerate_certs(Invocation&);
int run_restart(Invocation&);
int run_rm(Invocation&);
int run_scp(Invocation&);
int run_ssh(Invocation&);
int run_start(Invocation&);
int run_stats(Invocation&);
int run_status(Invocation&);
int run_stop(Invocation&);
int run_update_labels(Invocation&);
int run_upgrade(Invocation&);
int run_url(Invocation&);
int run_version(Invocation&);

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/failure.hpp"
#include "cli/help.hpp"
#include "cli/hidden.hpp"
#include "cli/suggest.hpp"
#include "cli/version.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/create.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

constexpr int exit_failure = 1;

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// Any word that spells the debug option switches it on, wherever it stands; MACHINE_DEBUG
/// overrides both ways.
bool wants_debug(const std::vector<std::string>& argv) {
  if (const auto variable = find_env("MACHINE_DEBUG")) {
    const auto on = parse_go_bool(*variable);
    if (!on) {
      throw Error(Errc::usage,
                  fmt::format("Error parsing boolean value from MACHINE_DEBUG: strconv.ParseBool: "
                              "parsing {}: invalid syntax",
                              go_quote(*variable)));
    }
    return *on;
  }
  return std::any_of(argv.begin() + 1, argv.end(), [](const std::string& word) {
    return word == "-D" || word == "--debug" || word == "-debug";
  });
}

/// gitlab-runner closes its ends of our pipes as soon as it sees us exit, and loses what it has not
/// read by then: the cause of a failure, mostly. So we leave when the pipe is empty, or after a
/// tenth of a second.
void let_pipes_drain() {
  const Context ctx = Context().within(Duration(100));
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat info {};
    if (fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode)) {
      continue;
    }
    try {
      int unread = 0;
      while (ioctl(fd, FIONREAD, &unread) == 0 && unread > 0) {
        ctx.sleep(Duration(1));
      }
      // What left the pipe a moment ago is still on its way through the reader.
      ctx.sleep(Duration(10));
    } catch (const Error&) {
      return;
    }
  }
}

int print_usage_error(const UsageError& error, const Command* command, const std::string& help) {
  // The message first: a reader of both streams meets the cause before the long text.
  print_failure(explain(error, command));
  log::result(error.heading() + "\n" + help);
  return 0;  // the reference's own code for a wrong option, except of create
}

Globals make_globals(const Arguments& arguments) {
  const auto& options = arguments.options;
  const std::string& path = options.text("storage-path");
  return Globals{machine::Store(path.empty() ? machine::Store::default_path() : path),
                 {options.text("tls-ca-cert"), options.text("tls-ca-key"),
                  options.text("tls-client-cert"), options.text("tls-client-key")},
                 options.boolean("native-ssh")};
}

int run_command(const Command& command, const Globals& globals,
                const std::vector<std::string>& argv, std::vector<std::string> words) {
  Arguments arguments{OptionValues({}), words, false};
  if (command.parsing == Parsing::by_table) {
    try {
      arguments = parse_command_words(words, command.options);
    } catch (const UsageError& error) {
      return print_usage_error(error, &command, command_help(command));
    }
    if (arguments.help) {
      log::result(command_help(command));
      return 0;
    }
  }
  const Context ctx(install_signals(command.signals));
  Invocation invocation{command, globals, ctx, argv, std::move(words), std::move(arguments)};
  return command.run(invocation);
}

int run_words(const std::vector<std::string>& argv) {
  const std::string program = base_name(argv.at(0));
  log::set_debug(wants_debug(argv));
  log::debug("Docker Machine Version:  {}, build {}", program_version, program_build);
  std::vector<std::string> words(argv.begin() + 1, argv.end());
  Arguments global{OptionValues(global_options()), {}, false};
  try {
    global = parse_leading_options(words, global_options());
  } catch (const UsageError& error) {
    return print_usage_error(error, nullptr, program_help(program));
  }
  if (global.options.boolean("version")) {
    log::result(version_line(program) + "\n");
    return 0;
  }
  words = global.words;
  if (global.help || words.empty()) {
    log::result(program_help(program));
    return 0;
  }
  const std::string name = words.front();
  words.erase(words.begin());
  const Command* command = find_command(name == "h" ? "help" : name);
  if (command == nullptr) {
    throw no_such_command(program, name);
  }
  return run_command(*command, make_globals(global), argv, std::move(words));
}

}  // namespace

std::vector<std::string> Invocation::names_or_default() const {
  if (!words().empty()) {
    return words();
  }
  if (!store().exists("default")) {
    throw Error(Errc::usage,
                "Error: No machine name(s) specified and no \"default\" machine exists");
  }
  return {"default"};
}

std::string Invocation::one_name_or_default() const {
  if (words().size() > 1) {
    throw Error(Errc::usage, "Error: Expected one machine name as an argument");
  }
  return names_or_default().front();
}

int run_program(const std::vector<std::string>& argv) {
  if (argv.size() > 1 && argv[1].rfind("__", 0) == 0) {
    if (const HiddenCommand hidden = find_hidden_command(argv[1])) {
      return hidden({argv.begin() + 2, argv.end()});
    }
  }
  int code = exit_failure;
  try {
    code = run_words(argv);
  } catch (const machine::PrecheckError& error) {
    print_failure(error);
    code = exit_precheck;
  } catch (const Error& error) {
    print_failure(error);
  } catch (const Cancelled&) {
    let_pipes_drain();
    end_by_stopping_signal();
  } catch (const std::exception& error) {
    log::error(fmt::format("internal error: {}", error.what()));
  }
  if (code != 0) {
    let_pipes_drain();
  }
  return code;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "cli/version.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

std::string option_names(const Option& option) {
  std::string names = fmt::format("--{}", option.flag);
  if (!option.alias.empty()) {
    names += fmt::format(", -{}", option.alias);
  }
  if (option.kind == Option::Kind::list) {
    names += " VALUE ...";
  } else if (option.kind != Option::Kind::boolean) {
    names += " VALUE";
  }
  return names;
}

std::string option_line(const Option& option, std::size_t width) {
  std::string line = fmt::format("   {:{}}  {}", option_names(option), width, option.help);
  if (!option.default_value.empty() && option.kind != Option::Kind::boolean) {
    line += fmt::format(" (default: {})", option.default_value);
  }
  if (!option.env.empty()) {
    line += fmt::format(" [${}]", option.env);
  }
  return line + "\n";
}

std::string option_lines(std::span<const Option> options) {
  std::size_t width = 0;
  for (const Option& option : options) {
    width = std::max(width, option_names(option).size());
  }
  std::string lines;
  for (const Option& option : options) {
    lines += option_line(option, width);
  }
  return lines;
}

}  // namespace

std::string program_help(const std::string& program) {
  std::string help = fmt::format(
      "Usage: {} [OPTIONS] COMMAND [arg...]\n\n"
      "Create machines that run Docker, and remove them again.\n\nVersion: {}, build "
      "{}\n\nOptions:\n{}",
      program, program_version, program_build, option_lines(global_options()));
  help += "   --help, -h  show help\n   --version, -v  print the version\n\nCommands:\n";
  for (const Command& command : commands()) {
    help += fmt::format("   {:18}{}\n", command.name, command.summary);
  }
  return help + fmt::format("\nRun '{} COMMAND --help' for more on a command.\n", program);
}

std::string command_help(const Command& command, std::span<const Option> driver_options,
                         std::string_view driver_name) {
  std::string help =
      fmt::format("Usage: docker-machine {} {}{}\n\n{}\n", command.name,
                  command.options.empty() ? "" : "[OPTIONS] ", command.arguments, command.summary);
  if (!command.details.empty()) {
    help += fmt::format("\n{}\n", command.details);
  }
  if (!command.options.empty()) {
    help += fmt::format("\nOptions:\n{}", option_lines(command.options));
  }
  if (!driver_options.empty()) {
    help +=
        fmt::format("\nOptions of the driver {}:\n{}", driver_name, option_lines(driver_options));
  }
  return help;
}

std::string version_line(const std::string& program) {
  return fmt::format("{} version {}, build {}", program, program_version, program_build);
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include "cli/option_text.hpp"
#include "cli/paragraph.hpp"
#include "cli/terminal.hpp"
#include "cli/version.hpp"
#include "drivers/registry.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace dmachine::cli {

namespace {

constexpr std::size_t option_column = 31;
constexpr std::size_t command_column = 22;

std::string option_names(const Option& option) {
  std::string names = dashed(option.flag);
  if (!option.alias.empty() && option.alias.size() < option.flag.size()) {
    names += ", " + dashed(option.alias);
  }
  const std::string_view value = placeholder(option);
  return value.empty() ? names : fmt::format("{} {}", names, value);
}

/// What it means, then what is fixed about it.
std::string option_meaning(const Option& option) {
  std::string text = sentence(option.help);
  if (option.kind == Option::Kind::list) {
    text += "; may be given several times";
  }
  if (!option.default_value.empty() && option.kind != Option::Kind::boolean) {
    text += fmt::format(" (default: {})", option.default_value);
  }
  if (option.secret) {
    text += " (secret: better given by its variable)";
  }
  if (!option.env.empty()) {
    text += fmt::format(" [${}]", option.env);
  }
  return text;
}

std::string option_lines(std::span<const Option> options, std::size_t width) {
  std::string lines;
  for (const Option& option : options) {
    lines +=
        two_columns("   " + option_names(option), option_meaning(option), option_column, width);
  }
  return lines;
}

std::string grouped(std::span<const Option> options, std::string_view general, std::size_t width) {
  std::string text;
  for (const OptionGroup& group : group_options(options)) {
    text += fmt::format("\n{}:\n{}", group.title.empty() ? general : group.title,
                        option_lines(group.options, width));
  }
  return text;
}

/// What `create --help` says about drivers when none is chosen.
std::string driver_lines(std::string_view command, std::size_t width) {
  std::string text = "\nDrivers:\n";
  for (const DriverType* type : driver_types()) {
    text += two_columns(fmt::format("   {}", type->name), sentence(type->summary), command_column,
                        width);
  }
  return text +
         fmt::format("\nRun 'docker-machine {} --driver DRIVER --help' for a driver's options.\n",
                     command);
}

}  // namespace

std::string program_help(const std::string& program, std::size_t width) {
  std::string help = fmt::format(
      "Usage: {} [OPTIONS] COMMAND [arg...]\n\n"
      "Create machines that run Docker, and remove them again.\n\nVersion: {}, build {}\n",
      program, program_version, program_build);
  help += grouped(with_help(global_options()), "Options", width) + "\nCommands:\n";
  for (const Command& command : commands()) {
    help += two_columns(fmt::format("   {}", command.name), command.summary, command_column, width);
  }
  return help + fmt::format("\nRun '{} COMMAND --help' for more on a command.\n", program);
}

std::string command_help(const Command& command, std::size_t width, const DriverType* driver) {
  std::string help =
      fmt::format("Usage: docker-machine {} {}{}\n\n{}\n", command.name,
                  command.options.empty() ? "" : "[OPTIONS] ", command.arguments, command.summary);
  if (!command.details.empty()) {
    help += "\n" + paragraph(command.details, width);
  }
  if (!command.options.empty()) {
    help += grouped(with_help(command.options), "Options", width);
  }
  if (driver != nullptr) {
    help += grouped(driver->options, fmt::format("Driver {}", driver->name), width);
  } else if (command.parsing == Parsing::with_driver) {
    help += driver_lines(command.name, width);
  }
  return help;
}

std::string program_help(const std::string& program) {
  return program_help(program, terminal_width(STDOUT_FILENO));
}

std::string command_help(const Command& command, const DriverType* driver) {
  return command_help(command, terminal_width(STDOUT_FILENO), driver);
}

std::string version_line(const std::string& program) {
  return fmt::format("{} version {}, build {}", program, program_version, program_build);
}

}  // namespace dmachine::cli

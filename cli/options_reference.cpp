// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/options_reference.hpp"

#include "cli/commands.hpp"
#include "cli/option_text.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

/// In a cell of a Markdown table.
std::string cell(std::string_view text) {
  return replace_all(replace_all(std::string(text), "|", "\\|"), "<", "&lt;");
}

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", cell(text));
}

std::string meaning(const Option& option) {
  std::string text = cell(sentence(option.help));
  if (option.kind == Option::Kind::list) {
    text += "; repeatable";
  }
  if (option.secret) {
    text += "; **secret**";
  }
  return text;
}

std::string row(const Option& option) {
  std::string names = code(dashed(option.flag));
  if (!option.alias.empty() && option.alias.size() < option.flag.size()) {
    names += ", " + code(dashed(option.alias));
  }
  const std::string_view value = placeholder(option);
  const std::string_view shown =
      option.kind == Option::Kind::boolean ? std::string_view() : option.default_value;
  return fmt::format("| {}{}{} | {} | {} | {} |\n", names, value.empty() ? "" : " ", value,
                     code(option.env), code(shown), meaning(option));
}

std::string tables(std::span<const Option> options) {
  std::string text;
  for (const OptionGroup& group : group_options(options)) {
    text += group.title.empty() ? "\n" : fmt::format("\n{}:\n\n", group.title);
    text += "| option | variable | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const Option& option : group.options) {
      text += row(option);
    }
  }
  return text;
}

}  // namespace

std::string options_reference() {
  std::string text =
      "<!-- Written by `dmachine __options`; tests/e2e/cli/test_reference.py says how to write it "
      "anew. -->\n"
      "# Every option\n\n"
      "An option wins over its variable, a variable over the default. `--help` is everywhere.\n\n"
      "## Before the command\n";
  text += tables(global_options());
  for (const Command& command : commands()) {
    if (!command.options.empty()) {
      text += fmt::format("\n## {}\n\n{}.\n", command.name, command.summary);
      text += tables(command.options);
    }
  }
  for (const DriverType* type : driver_types()) {
    text += fmt::format("\n## create --driver {}\n\n{}.\n", type->name, sentence(type->summary));
    text += tables(type->options);
  }
  return text;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/format.hpp"

#include "gotemplate/functions.hpp"
#include "gotemplate/printer.hpp"

namespace dmachine::gotemplate {

std::string to_text(const Value& value) {
  Printer printer;
  printer.print({}, U'v', value);
  return printer.take();
}

std::string to_output(const Value& value) {
  if (value.is_nil()) {
    return "<no value>";
  }
  const auto* structure = value.get<Struct>();
  const bool behind_pointer = structure != nullptr && structure->is_pointer() && !structure->null;
  return to_text(value).substr(behind_pointer ? 1 : 0);
}

std::string go_sprint(const std::vector<Value>& arguments) {
  Printer printer;
  bool after_string = true;
  for (const Value& argument : arguments) {
    const bool is_string = argument.get<std::string>() != nullptr;
    if (&argument != &arguments.front() && !is_string && !after_string) {
      printer.add(" ");
    }
    printer.print({}, U'v', argument);
    after_string = is_string;
  }
  return printer.take();
}

std::string go_sprintln(const std::vector<Value>& arguments) {
  Printer printer;
  for (const Value& argument : arguments) {
    if (&argument != &arguments.front()) {
      printer.add(" ");
    }
    printer.print({}, U'v', argument);
  }
  printer.add("\n");
  return printer.take();
}

}  // namespace dmachine::gotemplate

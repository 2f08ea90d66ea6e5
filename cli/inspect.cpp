// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "gotemplate/template.hpp"

namespace dmachine::cli {

int run_inspect(Invocation& invocation) {
  if (invocation.words().size() > 1) {
    log::result(command_help(invocation.command));
  }
  const machine::Machine machine = invocation.store().load(invocation.one_name_or_default());
  const std::string& format = invocation.options().text("format");
  if (format.empty()) {
    log::result(to_go_json(machine.to_json()) + "\n");
    return 0;
  }
  if (trim(format) == "json") {
    log::result(to_go_json_compact(machine.to_json()) + "\n");
    return 0;
  }
  const auto data = gotemplate::from_json(machine.to_json());
  try {
    log::result(gotemplate::render(format, data, gotemplate::Functions::with_json) + "\n");
  } catch (const gotemplate::ParseError& error) {
    throw Error(Errc::invalid, std::string("template parsing error: ") + error.what());
  } catch (const gotemplate::ExecError& error) {
    log::result(error.output());
    throw;
  }
  return 0;
}

}  // namespace dmachine::cli

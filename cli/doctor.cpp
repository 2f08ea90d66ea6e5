// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/create_options.hpp"
#include "cli/examine.hpp"
#include "cli/findings.hpp"
#include "cli/help.hpp"
#include "cli/runner_check.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "machine/create.hpp"
#include "machine/store_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

/// Sections of one runner mostly share an account, whose rate of requests is limited.
constexpr std::size_t sections_at_once = 4;

/// When no name is given, a driver still wants one.
constexpr const char* example_name = "dmachine-doctor";

std::vector<Examination> examine_runner(const Invocation& invocation, const std::string& file) {
  const auto config = with_context(file, [&] { return runner::parse_config(read_file(file)); });
  std::vector<runner::Section> sections = config.sections;
  std::erase_if(sections, [](const auto& section) { return !uses_machines(section); });
  if (sections.empty()) {
    throw Error(Errc::invalid,
                fmt::format("{}: no [[runners]] has executor = \"docker+machine\"", file));
  }
  return parallel_map(sections, sections_at_once, [&](const runner::Section& section) {
    return examine_section(invocation.ctx, invocation.store(), section);
  });
}

}  // namespace

int run_doctor(Invocation& invocation) {
  const DriverType* type = parse_with_driver(invocation);
  if (invocation.arguments.help) {
    log::result(command_help(invocation.command, type));
    return 0;
  }
  if (invocation.words().size() > 1) {
    throw Error(Errc::usage, "Error: Expected one machine name as an argument");
  }
  const std::string& config = invocation.options().text("runner");
  // What drivers tell on their way is none of the findings.
  log::set_info_stream(log::InfoStream::err);
  std::vector<Examination> all{
      {fmt::format("store {}", invocation.store().root().string()),
       machine::examine_store(
           invocation.store(),
           machine::authority_files(invocation.store(), invocation.globals.certificates))}};
  if (!config.empty()) {
    const auto sections = examine_runner(invocation, config);
    all.insert(all.end(), sections.begin(), sections.end());
  }
  if (type != nullptr && config.empty()) {
    const std::string name = invocation.words().empty() ? example_name : invocation.words().front();
    all.push_back({fmt::format("driver {}", type->name),
                   examine_create(invocation.ctx, *type, invocation.options(),
                                  {name, invocation.store().given_path()})});
  }
  log::result(invocation.options().boolean("json") ? findings_json(all) : findings_text(all));
  return has_problem(all) ? 1 : 0;
}

}  // namespace dmachine::cli

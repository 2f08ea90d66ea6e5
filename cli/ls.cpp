// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/filter.hpp"
#include "cli/list_format.hpp"
#include "cli/table.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/list.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

std::string default_table(const std::vector<machine::ListItem>& items) {
  std::vector<std::vector<std::string>> rows{
      {"NAME", "ACTIVE", "DRIVER", "STATE", "URL", "SWARM", "DOCKER", "ERRORS"}};
  for (const auto& item : items) {
    rows.push_back({item.name, item.active, item.driver_name, std::string(to_string(item.state)),
                    item.url, item.swarm, item.docker_version, item.error});
  }
  return format_table(rows);
}

/// One machine in memory at a time: stores hold thousands.
std::string readable_names(const machine::Store& store) {
  std::string names;
  for (const auto& name : store.names()) {
    try {
      store.load(name);
      names += name + "\n";
    } catch (const Error& error) {
      log::debug("{}: {}", name, error.what());
    }
  }
  return names;
}

}  // namespace

int run_ls(Invocation& invocation) {
  const OptionValues& options = invocation.options();
  const Filters filters = parse_filters(options.list("filter"));
  if (options.boolean("quiet") && filters.empty()) {
    log::result(readable_names(invocation.store()));
    return 0;
  }
  machine::LoadedStore loaded = machine::load_all(invocation.store());
  loaded.machines = filter_machines(invocation.ctx, std::move(loaded.machines), filters);
  if (options.boolean("quiet")) {
    std::string names;
    for (const auto& machine : loaded.machines) {
      names += machine.name + "\n";
    }
    log::result(names);
    return 0;
  }
  const Duration timeout = std::chrono::seconds(options.integer("timeout"));
  const auto items = machine::list_items(invocation.ctx, std::move(loaded), timeout,
                                         find_env("DOCKER_HOST").value_or(""));
  const std::string& format = options.text("format");
  if (format.empty()) {
    log::result(default_table(items));
  } else {
    print_formatted(items, format);
  }
  return 0;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/filter.hpp"
#include "cli/list_format.hpp"
#include "cli/list_json.hpp"
#include "cli/renewal.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "machine/list.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

constexpr std::size_t state_column = 3;

/// Green runs, yellow changes, red wants somebody to look; the rest is as it is.
std::string_view colour_of(State state) {
  switch (state) {
    case State::running:
      return "\x1b[32m";
    case State::starting:
    case State::stopping:
      return "\x1b[33m";
    case State::error:
    case State::timeout:
      return "\x1b[31m";
    default:
      return {};
  }
}

std::string default_table(const std::vector<machine::ListItem>& items) {
  std::vector<std::vector<std::string>> rows{
      {"NAME", "ACTIVE", "DRIVER", "STATE", "URL", "SWARM", "DOCKER", "ERRORS"}};
  for (const auto& item : items) {
    rows.push_back({item.name, item.active, item.driver_name, std::string(to_string(item.state)),
                    item.url, item.swarm, item.docker_version, item.error});
  }
  if (!wants_colour(STDOUT_FILENO)) {
    return format_table(rows);
  }
  return format_table(rows, [&](std::size_t row, std::size_t column, const std::string& cell) {
    const std::string_view colour =
        row == 0 || column != state_column ? "" : colour_of(items[row - 1].state);
    return colour.empty() ? cell : fmt::format("{}{}\x1b[0m", colour, cell);
  });
}

constexpr Duration default_timeout = std::chrono::seconds(10);

/// Of one day at most: longer has no use, and the clock's range an end.
Duration timeout_of(const OptionValues& options) {
  const auto seconds = std::clamp<std::int64_t>(options.integer("timeout"), 0, 24 * 3600);
  return std::chrono::seconds(seconds);
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
  const Duration timeout = timeout_of(options);
  machine::LoadedStore loaded = machine::load_all(invocation.store());
  // The reference's filters know no limit; one of zero would match nothing.
  const Duration filter_limit = timeout > Duration::zero() ? timeout : default_timeout;
  filter_machines(invocation.ctx.within(filter_limit), loaded, filters);
  if (options.boolean("quiet")) {
    std::string names;
    for (const auto& machine : loaded.machines) {
      names += machine.name + "\n";
    }
    log::result(names);
    return 0;
  }
  std::vector<std::string> renewals;
  const auto list = [&] {
    auto items = machine::list_items(invocation.ctx, std::move(loaded), timeout,
                                     find_env("DOCKER_HOST").value_or(""));
    renewals = tell_renewals(invocation, items);
    return items;
  };
  const std::string& format = options.text("format");
  if (format.empty()) {
    log::result(default_table(list()));
  } else if (trim(format) == "json") {
    log::result(list_json(list()));
  } else {
    // A template that is wrong is told before anybody is asked.
    const ListFormat rows(format);
    rows.print(list());
  }
  log::set_info_stream(log::InfoStream::err);  // stdout is the table's
  for (const std::string& line : renewals) {
    log::warn(line);
  }
  return 0;
}

}  // namespace dmachine::cli

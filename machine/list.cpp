// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/list.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "engine/client.hpp"
#include "machine/access.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::machine {

namespace {

constexpr std::size_t most_at_once = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The run of digits, or of other characters, at the start.
std::string_view first_run(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_digit(text[end]) == is_digit(text[0])) {
    ++end;
  }
  return text.substr(0, end);
}

/// Below zero, zero or above, as a comes before b. Digits by value, then by fewer leading zeros.
int compare_runs(std::string_view a, std::string_view b) {
  if (!is_digit(a[0]) || !is_digit(b[0])) {
    return is_digit(a[0]) != is_digit(b[0]) ? (is_digit(a[0]) ? -1 : 1) : a.compare(b);
  }
  const auto value = [](std::string_view digits) {
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
  };
  const auto value_a = value(a);
  const auto value_b = value(b);
  if (value_a.size() != value_b.size()) {
    return value_a.size() < value_b.size() ? -1 : 1;
  }
  if (const int order = value_a.compare(value_b); order != 0) {
    return order;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

/// The swarm's address: the machine's URL with the port of SwarmOptions.Host. Empty when either has
/// none.
std::string swarm_url(const std::string& url, const std::string& swarm_host) {
  const auto host_end = url.rfind(':');
  const auto port_begin = swarm_host.rfind(':');
  if (url.empty() || host_end == std::string::npos || port_begin == std::string::npos) {
    return {};
  }
  return url.substr(0, host_end) + swarm_host.substr(port_begin);
}

void fill_state(const Context& ctx, Machine& machine, ListItem& item) {
  try {
    item.url = engine_url(ctx, machine);
  } catch (const Error& error) {
    item.error = std::string_view(error.what()) == "Host is not running" ? "" : error.what();
  }
  if (!item.url.empty()) {
    item.state = State::running;
    return;
  }
  try {
    item.state = machine.driver->state(ctx);
  } catch (const Error& error) {
    item.state = State::error;
    item.error = error.what();
  }
}

/// A stored address proves nothing when nobody answers there: then the cloud is asked after all.
void fill_version(const Context& ctx, Machine& machine, ListItem& item) {
  item.docker_version = "Unknown";
  if (item.url.empty()) {
    return;
  }
  const auto files = tls_files(machine.options.auth);
  try {
    item.docker_version = "v" + engine::version(ctx, item.url, files);
    return;
  } catch (const Error& error) {
    item.error = fmt::format("Unable to query docker version: {}", error.what());
  }
  if (!machine.driver->has_host()) {
    return;
  }
  try {
    item.state = machine.driver->state(ctx);
    if (item.state != State::running) {
      item.url.clear();
      item.error.clear();
    }
  } catch (const Error& error) {
    item.state = State::error;
    item.error = error.what();
  }
}

void fill_activity(const Machine& machine, const std::string& docker_host, ListItem& item) {
  item.active_host = item.state == State::running && item.url == docker_host;
  item.active_swarm = machine.options.swarm.master && !docker_host.empty() &&
                      swarm_url(item.url, machine.options.swarm.host) == docker_host;
  item.active = item.active_host ? "*" : (item.active_swarm ? "* (swarm)" : "-");
}

ListItem timed_out(const Machine& machine, Duration timeout) {
  ListItem item;
  item.name = machine.name;
  item.driver_name = machine.driver_name;
  item.state = State::timeout;
  item.response_time = timeout;
  item.options = machine.options;
  return item;
}

ListItem ask(const Context& ctx, Machine& machine, Duration timeout,
             const std::string& docker_host) {
  const auto begin = Clock::now();
  const Context limited = ctx.within(timeout);
  ListItem item;
  item.name = machine.name;
  item.driver_name = machine.driver_name;
  item.options = machine.options;
  if (timeout > Duration::zero()) {
    fill_state(limited, machine, item);
    fill_version(limited, machine, item);
  }
  if (limited.remaining() == Duration::zero()) {
    return timed_out(machine, timeout);
  }
  fill_activity(machine, docker_host, item);
  item.response_time = std::chrono::duration_cast<Duration>(Clock::now() - begin);
  return item;
}

}  // namespace

bool natural_less(const std::string& a, const std::string& b) {
  const std::string lower_a = to_lower(a);
  const std::string lower_b = to_lower(b);
  std::string_view rest_a = lower_a;
  std::string_view rest_b = lower_b;
  while (!rest_a.empty() && !rest_b.empty()) {
    const auto run_a = first_run(rest_a);
    const auto run_b = first_run(rest_b);
    if (const int order = compare_runs(run_a, run_b); order != 0) {
      return order < 0;
    }
    rest_a.remove_prefix(run_a.size());
    rest_b.remove_prefix(run_b.size());
  }
  if (rest_a.empty() != rest_b.empty()) {
    return rest_a.empty();
  }
  return a < b;
}

LoadedStore load_all(const Store& store) {
  LoadedStore loaded;
  for (const auto& name : store.names()) {
    try {
      loaded.machines.push_back(store.load(name));
    } catch (const Error& error) {
      loaded.unreadable.emplace_back(name, error.what());
    }
  }
  return loaded;
}

std::vector<ListItem> list_items(const Context& ctx, LoadedStore store, Duration timeout,
                                 const std::string& docker_host) {
  std::vector<Machine*> machines;
  for (auto& machine : store.machines) {
    machines.push_back(&machine);
  }
  auto items = parallel_map(machines, most_at_once, [&](Machine* machine) {
    return ask(ctx, *machine, timeout, docker_host);
  });
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& swarm = machines[i]->options.swarm;
    if (items[i].state == State::timeout) {
      continue;
    }
    for (const Machine* master : machines) {
      if (!swarm.discovery.empty() && master->options.swarm.master &&
          master->options.swarm.discovery == swarm.discovery) {
        items[i].swarm = master->name + (master == machines[i] ? " (master)" : "");
      }
    }
  }
  for (const auto& [name, why] : store.unreadable) {
    ListItem item;
    item.name = name;
    item.driver_name = "not found";
    item.state = State::error;
    item.error = replace_all(why, "\n", "");
    items.push_back(std::move(item));
  }
  std::sort(items.begin(), items.end(),
            [](const ListItem& a, const ListItem& b) { return natural_less(a.name, b.name); });
  return items;
}

}  // namespace dmachine::machine

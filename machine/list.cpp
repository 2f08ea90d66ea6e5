// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/list.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "machine/list_row.hpp"
#include "machine/natural_order.hpp"
#include "machine/states.hpp"

#include <algorithm>
#include <iterator>

namespace dmachine::machine {

namespace {

using Answers = std::map<std::string, StateAnswer>;

std::vector<ListItem> ask_part(const Listing& listing, const FleetPart& part, Answers answers) {
  if (part.lister != nullptr) {
    FleetPart unknown{part.lister, {}};
    std::ranges::copy_if(part.machines, std::back_inserter(unknown.machines),
                         [&](const Machine* one) { return !answers.contains(one->name); });
    // A cloud that hangs leaves time to ask the engines where they were last.
    const Context limited = listing.ctx.within(listing.ctx.remaining() / 2);
    auto found =
        unknown.machines.empty() ? std::vector<StateAnswer>() : ask_states(limited, unknown);
    for (std::size_t i = 0; i < found.size(); ++i) {
      answers.insert_or_assign(unknown.machines[i]->name, std::move(found[i]));
    }
  }
  Turns turns(part.machines.size());
  return parallel_map(part.machines, machines_at_once, [&](Machine* machine) {
    const auto answer = answers.find(machine->name);
    try {
      return ask_row(listing, turns, *machine, answer == answers.end() ? nullptr : &answer->second);
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& error) {  // one file's odd content is one row's failure
      return failed_row(*machine, error.what());
    }
  });
}

void fill_swarm(const std::vector<Machine*>& machines, std::vector<ListItem>& items) {
  std::map<std::string, std::string> masters;  // by discovery; the last one counts
  for (const Machine* machine : machines) {
    const auto& swarm = machine->options.swarm;
    if (swarm.master) {
      masters[swarm.discovery] = machine->name;
    }
  }
  for (ListItem& item : items) {
    if (!item.options || item.options->swarm.discovery.empty()) {
      continue;
    }
    const auto master = masters.find(item.options->swarm.discovery);
    item.swarm = (master == masters.end() ? "" : master->second) +
                 (item.options->swarm.master ? " (master)" : "");
  }
}

ListItem unreadable_item(const std::string& name, const std::string& why) {
  ListItem item;
  item.name = name;
  item.driver_name = "not found";
  item.state = State::error;
  item.error = replace_all(why, "\n", "");
  return item;
}

}  // namespace

LoadedStore load_all(const Store& store) {
  LoadedStore loaded;
  for (const auto& name : store.names()) {
    try {
      loaded.machines.push_back(store.load(name));
    } catch (const std::exception& error) {  // whatever is in a file, the others are listed
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
  const Duration limit = std::max(timeout, Duration::zero());
  const Listing listing{ctx.within(limit), limit, docker_host};
  const auto parts = fleet_parts(machines);
  // Beside each other, so that a slow cloud holds up its own machines only.
  const auto rows =
      parallel_map(parts, std::max<std::size_t>(parts.size(), 1),
                   [&](const FleetPart& part) { return ask_part(listing, part, store.answers); });
  std::vector<ListItem> items;
  for (const auto& some : rows) {
    items.insert(items.end(), some.begin(), some.end());
  }
  fill_swarm(machines, items);
  for (const auto& [name, why] : store.unreadable) {
    items.push_back(unreadable_item(name, why));
  }
  std::sort(items.begin(), items.end(),
            [](const ListItem& a, const ListItem& b) { return natural_less(a.name, b.name); });
  return items;
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/list_row.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"
#include "engine/client.hpp"
#include "machine/access.hpp"
#include "machine/states.hpp"

#include <fmt/format.h>

namespace dmachine::machine {

namespace {

/// A word after the last colon; all of it without one.
std::string_view port_of(std::string_view url) {
  return url.substr(url.rfind(':') + 1);
}

/// The swarm's address as the reference makes it: the machine's URL with the port of
/// SwarmOptions.Host.
std::string swarm_url(std::string url, std::string_view swarm_host) {
  const std::string port = fmt::format(":{}", port_of(url));
  if (const auto at = url.find(port); at != std::string::npos) {
    url.replace(at, port.size(), fmt::format(":{}", port_of(swarm_host)));
  }
  return url;
}

/// Asks the engine at the row's URL. False when there is no answer; the row's error tells why.
bool fill_version(const Context& ctx, const Machine& machine, ListItem& item) {
  try {
    item.docker_version =
        "v" + with_tls_files(machine.options.auth, [&](const engine::TlsFiles& files) {
          return engine::version(ctx, item.url, files);
        });
    return true;
  } catch (const Error& error) {
    item.error = fmt::format("Unable to query docker version: {}", error.what());
    return false;
  }
}

void fill_state(const Context& ctx, Machine& machine, ListItem& item) {
  try {
    item.state = machine.driver->state(ctx);
  } catch (const Error& error) {
    item.state = State::error;
    item.error = error.what();
  }
}

/// By the engine first. A stored address proves nothing when nobody answers there: then the machine
/// is asked for its state after all.
void ask_engine_first(const Context& ctx, bool crowded, Machine& machine, ListItem& item) {
  try {
    item.url = engine_url(ctx, machine);
  } catch (const Error& error) {
    item.error = std::string_view(error.what()) == "Host is not running" ? "" : error.what();
  }
  if (item.url.empty()) {
    fill_state(ctx, machine, item);
    return;
  }
  item.state = State::running;
  const Context limited = crowded ? ctx.within(ctx.remaining() / 2) : ctx;
  if (fill_version(limited, machine, item) || !machine.driver->has_host()) {
    return;
  }
  fill_state(ctx, machine, item);
  if (item.state != State::running && item.state != State::error) {
    item.url.clear();
    item.error.clear();
  }
}

/// By what the cloud's list says, which also knows the address of today.
void ask_running_engine(const Context& ctx, const StateAnswer& answer, const Machine& machine,
                        ListItem& item) {
  item.state = answer.state;
  item.error = answer.error;
  if (answer.state != State::running) {
    return;
  }
  const std::string address =
      answer.address ? *answer.address : machine.driver->stored_address().value_or("");
  item.url =
      address.empty() && machine.driver->has_host() ? "" : machine.driver->engine_url(address);
  if (!item.url.empty()) {
    fill_version(ctx, machine, item);
  }
}

/// Nobody could say how the machine does; its engine may.
void ask_engine_only(const Context& ctx, const StateAnswer& answer, const Machine& machine,
                     ListItem& item) {
  if (const auto stored = machine.driver->stored_address()) {
    item.url = machine.driver->engine_url(*stored);
    item.state = State::running;
    if (fill_version(ctx, machine, item)) {
      log::debug("{} answers, but: {}", machine.name, answer.error);
      return;
    }
    item.url.clear();
  }
  item.state = State::error;
  item.error = answer.error;
}

void fill_activity(const Machine& machine, const std::string& docker_host, ListItem& item) {
  const auto& swarm = machine.options.swarm;
  const bool running = item.state == State::running;
  item.active_host = running && item.url == docker_host;
  item.active_swarm = running && swarm.master && swarm_url(item.url, swarm.host) == docker_host;
  item.active = item.active_swarm ? "* (swarm)" : (item.active_host ? "*" : "-");
}

ListItem new_item(const Machine& machine) {
  ListItem item;
  item.name = machine.name;
  // The word that the reference has for a driver it lacks.
  item.driver_name =
      find_driver_type(machine.driver_name) == nullptr ? "not-found" : machine.driver_name;
  item.options = machine.options;
  return item;
}

ListItem timed_out(const Machine& machine, Duration timeout) {
  ListItem item = new_item(machine);
  item.options.reset();
  item.state = State::timeout;
  item.response_time = timeout;
  return item;
}

}  // namespace

Turns::Turns(std::size_t machines) : left_(machines), crowded_(machines > machines_at_once) {}

Context Turns::next(const Context& ctx) {
  const std::size_t rounds = (left_-- + machines_at_once - 1) / machines_at_once;
  return crowded_ ? ctx.within(ctx.remaining() * 9 / 10 / static_cast<Duration::rep>(rounds)) : ctx;
}

ListItem ask_row(const Listing& listing, Turns& turns, Machine& machine,
                 const StateAnswer* answer) {
  const auto begin = Clock::now();
  const Context limited = turns.next(listing.ctx);
  ListItem item = new_item(machine);
  item.docker_version = "Unknown";
  const bool nobody_knows = answer != nullptr && answer->state == State::error;
  if (limited.remaining() == Duration::zero()) {
    return timed_out(machine, listing.timeout);
  }
  if (answer == nullptr) {
    ask_engine_first(limited, turns.crowded(), machine, item);
  } else if (nobody_knows) {
    ask_engine_only(limited, *answer, machine, item);
  } else {
    ask_running_engine(limited, *answer, machine, item);
  }
  item.address = answer != nullptr && answer->address
                     ? *answer->address
                     : machine.driver->stored_address().value_or("");
  const bool knows = answer != nullptr && !nobody_knows;
  if ((knows ? listing.ctx : limited).remaining() == Duration::zero()) {
    return timed_out(machine, listing.timeout);
  }
  fill_activity(machine, listing.docker_host, item);
  item.error = replace_all(item.error, "\n", " ");
  item.response_time = std::chrono::duration_cast<Duration>(Clock::now() - begin);
  return item;
}

ListItem failed_row(const Machine& machine, const std::string& why) {
  ListItem item = new_item(machine);
  item.state = State::error;
  item.error = replace_all(why, "\n", " ");
  return item;
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/store.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::machine {

/// A row of `ls`, by the rules of cli.md section 8.
struct ListItem {
  std::string name;
  std::string active;  // "*", "* (swarm)", "-"; empty for rows of errors
  bool active_host = false;
  bool active_swarm = false;
  std::string driver_name;
  State state = State::none;
  std::string url;
  std::string address;  // as far as it is known, also of machines that do not run
  std::string swarm;
  std::string error;
  std::string docker_version;
  Duration response_time{0};
  std::optional<HostOptions> options;  // nothing when the machine could not be loaded
};

struct LoadedStore {
  std::vector<Machine> machines;                                // in the store's order
  std::vector<std::pair<std::string, std::string>> unreadable;  // name, why
  /// What a filter has asked already, by name.
  std::map<std::string, StateAnswer> answers{};
};

/// Loads every machine; those that do not load are told apart and stop nobody.
LoadedStore load_all(const Store& store);

/// Asks for all machines at once, for at most `timeout` altogether, and gives a row for each, in
/// natural order of the names. `docker_host` is $DOCKER_HOST, for the ACTIVE column.
///
/// Whose driver can list: the list first, then the engines of those that run, at the address that
/// the list tells; a dead fleet costs one request, and a stale address is never asked. Without a
/// list (no network, no right to it), and for drivers that have none: the engine at the stored
/// address first, and the machine's own state only where the engine does not answer. Rows that are
/// not done in time read Timeout.
std::vector<ListItem> list_items(const Context& ctx, LoadedStore store, Duration timeout,
                                 const std::string& docker_host);

}  // namespace dmachine::machine

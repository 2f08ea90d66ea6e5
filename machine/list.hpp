// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/store.hpp"

#include <optional>
#include <string>
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
  std::string swarm;
  std::string error;
  std::string docker_version;
  Duration response_time{0};
  std::optional<HostOptions> options;  // nothing when the machine could not be loaded
};

struct LoadedStore {
  std::vector<Machine> machines;                                // in the store's order
  std::vector<std::pair<std::string, std::string>> unreadable;  // name, why
};

/// Loads every machine; those that do not load are told apart and stop nobody.
LoadedStore load_all(const Store& store);

/// Asks all machines at once, each for at most `timeout`, and gives a row for each, in natural
/// order of the names. `docker_host` is $DOCKER_HOST, for the ACTIVE column. `masters` are the
/// swarm masters among which names for SWARM are looked up.
std::vector<ListItem> list_items(const Context& ctx, LoadedStore store, Duration timeout,
                                 const std::string& docker_host);

/// Natural order of names as `ls` sorts them: runs of digits by value, letters without case.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace dmachine::machine

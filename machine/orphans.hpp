// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Which of the resources that carry dmachine's labels no machine accounts for.
namespace dmachine::machine {

/// Whose resources `gc` looks for.
struct Scope {
  std::set<std::string> store_ids;
  bool all_stores = false;
  std::chrono::seconds older_than{3600};
  std::set<std::string> names;  // of machines; empty: all
};

/// What the store says about the machines that it has, at one moment. Read after the cloud was
/// listed: a machine is in the store before anything of it is in the cloud.
struct Inventory {
  /// Reads every machine and tombstone of the store. Asks no cloud.
  static Inventory of(const Store& store);

  std::map<std::string, std::string> machines_by_create;  // Owner::create -> name
  /// Machines that account for their name: those without an owner, and those of which we cannot say
  /// whose they are (a file that may not be read, or of a newer version).
  std::set<std::string> machines_by_name;
  /// Folders without a config.json that can be read: nothing that `rm` could use.
  std::map<std::string, std::string> unreadable;            // name -> why
  std::map<std::string, std::string> tombstones_by_create;  // Owner::create -> name
  std::set<std::string> all_names;                          // of all folders
  std::set<std::string> busy;                               // a command works on these just now
  std::set<std::pair<std::string, std::string>> accounts;   // driver, account of readable machines
};

enum class Verdict {
  orphan,
  in_use,   // a machine accounts for it
  left,     // nobody does, but it is not the time: young, or being worked on
  foreign,  // out of scope
};

struct Judgement {
  Verdict verdict = Verdict::foreign;
  std::string why;  // in the words of the column WHY
};

/// One judgement per resource, in order. All are of one account. Pure.
std::vector<Judgement> judge(std::span<const OwnedResource> resources,
                             const std::pair<std::string, std::string>& account,
                             const Inventory& inventory, const Scope& scope, std::int64_t now);

/// "45s", "12m", "3h", "5d"
std::string short_age(std::chrono::seconds age);

}  // namespace dmachine::machine

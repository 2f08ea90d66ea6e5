// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/collect.hpp"
#include "machine/tombstone.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dmachine::cli {

/// A tombstone and what became of it.
struct TombstoneReport {
  machine::Tombstone tombstone;
  std::string outcome = "found";  // "found", "removed", "failed", "skipped"
  std::string why;                // of failed and skipped
};

/// All that `gc` found out and did.
struct GcReport {
  bool deletes = false;
  bool shows_stores = false;  // several stores' resources are among it
  std::int64_t now = 0;       // seconds since 1970
  std::vector<machine::Survey> surveys;
  std::vector<TombstoneReport> tombstones;
  std::map<const machine::Found*, machine::Deletion> deletions;
};

std::size_t count_orphans(const GcReport& report);
std::size_t count_deleted(const GcReport& report);
/// Accounts that could not be looked through, deletions and tombstones that failed.
std::size_t count_failures(const GcReport& report);
/// Tombstones that are still there.
std::size_t count_tombstones(const GcReport& report);

/// What `gc` without --yes prints: a table per account, then what was left alone and why, then a
/// line that counts.
std::string gc_text(const GcReport& report);
/// One object: dry_run, accounts (each with driver, account, error, resources), tombstones.
std::string gc_json(const GcReport& report);

/// "instance runner-1 (us-east1-b)"
std::string to_line(const OwnedResource& resource);

}  // namespace dmachine::cli

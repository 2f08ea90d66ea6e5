// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/files.hpp"
#include "core/stop.hpp"
#include "machine/store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace dmachine::machine {

/// A machine that left the listing (`rm -f`) although the cloud did not remove it: the folder
/// machines/.NAME.tombstone-XXXXXXXX, with a note on the attempts (retry.json) in it.
struct Tombstone {
  std::filesystem::path folder;
  std::string name;           // the machine's
  unsigned attempts = 0;      // failed ones
  std::int64_t next_try = 0;  // seconds since 1970: not by itself before that
  std::int64_t since = 0;     // when the first attempt failed; 0 when nobody wrote it down
  std::string error;          // the last one's
};

/// All of the store, by folder.
std::vector<Tombstone> find_tombstones(const Store& store);

/// What config.json in it says. Throws as Store::load.
Machine load(const Tombstone& tombstone);

/// Turns the machine's folder into a tombstone whose first attempt has just failed with `error`.
Tombstone bury(const Store& store, const std::string& name, const std::string& error);

/// due_only: as a command does beside its own work; at_once: as `gc` does.
enum class Urgency { due_only, at_once };

struct RetryOutcome {
  enum class Kind { removed, failed, skipped } kind = Kind::skipped;
  std::string why;  // of failed and skipped
};

/// Removes in the cloud what the tombstone stands for, then the tombstone. Skipped while another
/// process is at it, and while a machine of the same name exists or is being made: the driver looks
/// things up by that name. A failure is noted, with a time before which nobody tries by itself:
/// from a minute, doubling, to six hours. Throws Cancelled alone.
RetryOutcome retry_removal(const Context& ctx, const Store& store, const Tombstone& tombstone,
                           Urgency urgency);

/// For create: keeps everybody's hands off what is buried under the machine's name, and waits for
/// whom is at it.
std::vector<FileLock> hold_tombstones(const Context& ctx, const Store& store,
                                      const std::string& name);

/// While it lives, due tombstones are retried on a thread, for `limit` at most: an API that hangs
/// must not take a command's whole life. It ends with the command: a request that cannot be cut, of
/// a cloud that does not answer, is abandoned. Says nothing but debug lines.
class TombstoneSweep {
 public:
  explicit TombstoneSweep(const Store& store, Duration limit = std::chrono::minutes(1));
  ~TombstoneSweep();
  TombstoneSweep(const TombstoneSweep&) = delete;
  TombstoneSweep& operator=(const TombstoneSweep&) = delete;

 private:
  struct Progress;

  StopSource end_;
  std::thread thread_;
  std::shared_ptr<Progress> progress_;
};

/// Whether a thread is still in such a request: main then leaves without tearing down what it uses.
bool has_abandoned_sweep();

}  // namespace dmachine::machine

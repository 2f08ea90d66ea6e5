// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/files.hpp"
#include "machine/store.hpp"

#include <optional>

namespace dmachine::machine {

/// The lock that one command at a time holds while it changes a machine: the file
/// machines/.NAME.lock, beside the machine's folder and not in it, since the folder comes and goes.
/// Its note names the holder, so that `rm` can stop a running create.
class MachineLock {
 public:
  /// For create: throws Error{conflict} at once when another command works on the machine.
  static MachineLock take(const Store& store, const std::string& name);

  /// Waits for the machine to be free.
  static MachineLock wait(const Context& ctx, const Store& store, const std::string& name);

  /// For rm: a running create of the machine is asked to stop (it then removes what it made),
  /// awaited, and killed when it does not end in time: all that it made is in the store. Throws
  /// Error{timeout} when the holder cannot be reached (another host or container) and does not end.
  static MachineLock take_over(const Context& ctx, const Store& store, const std::string& name);

  /// Whether some command works on the machine just now. Makes no file.
  static bool is_held(const Store& store, const std::string& name);

  /// For readers that may save what they learned: nothing when the machine is being worked on.
  static std::optional<MachineLock> try_take(const Store& store, const std::string& name);

 private:
  explicit MachineLock(FileLock lock);
  FileLock lock_;
};

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dmachine::machine {

/// An account of a cloud that this store has used.
struct KnownAccount {
  std::string driver_name;
  std::string name;            // Account::name()
  std::filesystem::path file;  // where it is remembered; empty when it is not
  /// Ways in, the best first: credentials of old machines may be out of use by now. Never empty.
  std::vector<std::unique_ptr<Account>> ways;
};

/// Writes down, for when no machine of it is left, which account the machine lies in and how to get
/// at it: STORE/dmachine/accounts/DRIVER-HASH.json (mode 0600, since credentials may be among it),
/// the driver's object of config.json without what is the machine's own. Rewritten only when it
/// says something else. Does nothing for drivers without accounts.
void remember_account(const Store& store, const std::string& driver_name, const Driver& driver);

/// Every account that a machine, a tombstone or a remembered one of this store names, each once.
/// What cannot be read is told as a warning line.
std::vector<KnownAccount> known_accounts(const Store& store);

}  // namespace dmachine::machine

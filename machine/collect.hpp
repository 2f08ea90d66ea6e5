// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/accounts.hpp"
#include "machine/orphans.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dmachine::machine {

/// A resource that carries our labels, and what is to be thought of it.
struct Found {
  OwnedResource resource;
  Judgement judgement;
};

/// One account after it was looked through.
struct Survey {
  std::string driver_name;
  std::string account;
  Account* way = nullptr;    // the one that let us in; belongs to the KnownAccount
  std::vector<Found> found;  // in the order in which they can be deleted
  std::string error;         // why the account could not be looked through; empty when it was
};

/// Lists all accounts side by side, then reads the store and judges. An account that cannot be
/// listed has its error, and nothing of it is judged. Throws Cancelled, and what reading the store
/// throws.
std::vector<Survey> survey(const Context& ctx, const Store& store,
                           const std::vector<KnownAccount>& accounts, const Scope& scope);

/// How the deletion of one resource ended.
struct Deletion {
  const Survey* survey = nullptr;
  const Found* found = nullptr;
  /// not_ours: it changed hands since it was listed.
  enum class Outcome { deleted, not_ours, in_use, failed } outcome = Outcome::deleted;
  std::string error;  // of failed and in_use
};

/// Deletes all orphans, kind by kind in the order of ResourceKind, those of a kind side by side.
/// The store is read again before each kind: what a machine accounts for by now stays. `told` is
/// called after each one, by one thread at a time. What several machines share and is in use after
/// all is no failure.
std::vector<Deletion> erase_orphans(const Context& ctx, const Store& store,
                                    const std::vector<Survey>& surveys, const Scope& scope,
                                    const std::function<void(const Deletion&)>& told);

}  // namespace dmachine::machine

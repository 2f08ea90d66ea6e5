// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/create_options.hpp"
#include "cli/duration.hpp"
#include "cli/gc_adopt.hpp"
#include "cli/gc_report.hpp"
#include "cli/help.hpp"
#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "machine/collect.hpp"
#include "machine/store_id.hpp"

#include <fmt/format.h>

#include <chrono>

namespace dmachine::cli {

namespace {

using machine::KnownAccount;
using machine::Scope;
using machine::Tombstone;

/// Beside the reference's codes 0, 1 and 3: a dry run that found something.
constexpr int exit_found = 4;
constexpr std::size_t tombstones_at_once = 8;
constexpr Duration tombstone_limit = std::chrono::minutes(15);
/// A driver wants a name, although no machine is meant.
constexpr const char* no_machine = "dmachine-gc";

std::int64_t now() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

std::chrono::seconds older_than(const OptionValues& options) {
  const std::string& text = options.text("older-than");
  if (const auto duration = parse_duration(text)) {
    return *duration;
  }
  throw Error(Errc::usage, fmt::format("invalid value {} for --older-than", go_quote(text)),
              "write a number and a unit: 90s, 15m, 2h, 1d, 1h30m; 0 for all");
}

std::set<std::string> store_ids(const Invocation& invocation) {
  const auto& given = invocation.options().list("store-id");
  for (const auto& id : given) {
    if (!machine::is_store_id(id)) {
      throw Error(Errc::usage, fmt::format("invalid value {} for --store-id", go_quote(id)),
                  "a store's id has 16 hexadecimal digits, as in the label dmachine-store");
    }
  }
  if (!given.empty()) {
    return {given.begin(), given.end()};
  }
  const auto own = machine::find_store_id(invocation.store());
  return own ? std::set<std::string>{*own} : std::set<std::string>();
}

Scope scope_of(const Invocation& invocation) {
  const OptionValues& options = invocation.options();
  Scope scope;
  scope.store_ids = store_ids(invocation);
  scope.all_stores = options.boolean("all-stores");
  scope.older_than = older_than(options);
  scope.names = {invocation.words().begin(), invocation.words().end()};
  return scope;
}

/// The one account that the driver's own options name.
std::vector<KnownAccount> account_of(const Invocation& invocation, const DriverType& type) {
  const auto driver = with_context("Error setting machine configuration from flags provided", [&] {
    return type.from_options({no_machine, invocation.store().given_path()},
                             driver_values(type, invocation.options()), {});
  });
  auto account = driver->account();
  if (!account) {
    throw Error(Errc::usage, fmt::format("driver {} has no account to look through", type.name));
  }
  std::vector<KnownAccount> accounts(1);
  accounts[0].driver_name = type.name;
  accounts[0].name = account->name();
  accounts[0].ways.push_back(std::move(account));
  return accounts;
}

bool is_in(const std::vector<KnownAccount>& accounts, const Tombstone& tombstone) {
  try {
    const auto machine = load(tombstone);
    const auto account = machine.driver->account();
    return account && machine.driver_name == accounts[0].driver_name &&
           account->name() == accounts[0].name;
  } catch (const Error&) {
    return false;
  }
}

std::vector<TombstoneReport> tombstones_of(const machine::Store& store, const Scope& scope,
                                           const std::vector<KnownAccount>* only) {
  std::vector<TombstoneReport> reports;
  for (auto& tombstone : find_tombstones(store)) {
    if ((scope.names.empty() || scope.names.contains(tombstone.name)) &&
        (only == nullptr || is_in(*only, tombstone))) {
      reports.push_back({std::move(tombstone), "found", {}});
    }
  }
  return reports;
}

void remove_tombstones(const Invocation& invocation, std::vector<TombstoneReport>& reports) {
  using Kind = machine::RetryOutcome::Kind;
  reports = parallel_map(reports, tombstones_at_once, [&](TombstoneReport report) {
    const auto outcome = retry_removal(invocation.ctx.within(tombstone_limit), invocation.store(),
                                       report.tombstone, machine::Urgency::at_once);
    report.why = outcome.why;
    report.outcome = outcome.kind == Kind::removed  ? "removed"
                     : outcome.kind == Kind::failed ? "failed"
                                                    : "skipped";
    if (outcome.kind == Kind::removed) {
      log::info("Removed what rm -f had left of {}", report.tombstone.name);
    } else if (outcome.kind == Kind::failed) {
      log::error(fmt::format("Error removing what rm -f had left of {}: {}", report.tombstone.name,
                             outcome.why));
    } else {
      log::info("Left alone: what rm -f had left of {}: {}", report.tombstone.name, outcome.why);
    }
    return report;
  });
}

void tell(const machine::Deletion& deletion) {
  const std::string what = to_line(deletion.found->resource);
  switch (deletion.outcome) {
    case machine::Deletion::Outcome::deleted:
      log::info("Deleted {}", what);
      break;
    case machine::Deletion::Outcome::not_ours:
      log::info("Left alone: {}: it has other labels by now", what);
      break;
    case machine::Deletion::Outcome::in_use:
      log::info("Left alone: {}: {}", what, deletion.error);
      break;
    case machine::Deletion::Outcome::failed:
      log::error(fmt::format("Error deleting {}: {}", what, deletion.error));
      break;
  }
}

/// The surveys come in the order of the accounts.
void tell_unlisted(const std::vector<KnownAccount>& accounts, const GcReport& report) {
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const auto& survey = report.surveys[i];
    if (survey.error.empty()) {
      continue;
    }
    const std::string file = accounts[i].file.string();
    log::error(fmt::format("Error looking through {}, {}: {}{}", survey.driver_name, survey.account,
                           survey.error,
                           file.empty() ? ""
                                        : fmt::format(" (delete {} if nothing of yours is "
                                                      "there any more)",
                                                      file)));
  }
}

void delete_orphans(const Invocation& invocation, const Scope& scope, GcReport& report) {
  const auto deletions =
      erase_orphans(invocation.ctx, invocation.store(), report.surveys, scope, tell);
  for (const auto& deletion : deletions) {
    report.deletions.emplace(deletion.found, deletion);
  }
}

int exit_code(const GcReport& report) {
  if (count_failures(report) > 0) {
    return 1;
  }
  const bool found = !report.deletes && count_orphans(report) + count_tombstones(report) > 0;
  return found ? exit_found : 0;
}

Error no_id() {
  return Error(Errc::usage,
               "gc --yes does not know whose resources to delete: this store has no id",
               "give --store-id ID, which gc without --yes shows under STORE, or --all-stores");
}

}  // namespace

int run_gc(Invocation& invocation) {
  const DriverType* type = parse_with_driver(invocation);
  if (invocation.arguments.help) {
    log::result(command_help(invocation.command, type));
    return 0;
  }
  const OptionValues& options = invocation.options();
  const bool json = options.boolean("json");
  const bool yes = options.boolean("yes");
  if (json) {
    log::set_info_stream(log::InfoStream::err);
  }
  Scope scope = scope_of(invocation);
  const bool knows_whose = scope.all_stores || !scope.store_ids.empty();
  scope.all_stores = scope.all_stores || !knows_whose;
  // MACHINE_DRIVER says what create makes, not what gc is to be limited to.
  const bool one_account = options.origin("driver") == Origin::command_line;
  const auto accounts =
      one_account ? account_of(invocation, *type) : machine::known_accounts(invocation.store());
  if (yes && !knows_whose && !accounts.empty()) {
    throw no_id();
  }
  const Progress progress;
  GcReport report;
  report.deletes = yes;
  report.shows_stores = scope.all_stores;
  report.tombstones = tombstones_of(invocation.store(), scope, one_account ? &accounts : nullptr);
  const bool adopts = options.boolean("adopt") || !options.text("adopt-key").empty();
  if (yes && !adopts) {
    remove_tombstones(invocation, report.tombstones);
  }
  report.surveys = survey(invocation.ctx, invocation.store(), accounts, scope);
  report.now = now();
  tell_unlisted(accounts, report);
  if (adopts) {
    return adopt_orphans(invocation, report);
  }
  if (yes) {
    delete_orphans(invocation, scope, report);
  }
  if (json) {
    log::result(gc_json(report));
  } else if (!yes) {
    log::result(gc_text(report));
  } else {
    log::info("{} deleted, {} failed", count_deleted(report), count_failures(report));
  }
  return exit_code(report);
}

}  // namespace dmachine::cli

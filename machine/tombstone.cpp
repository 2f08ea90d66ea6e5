// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/tombstone.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"
#include "core/work.hpp"
#include "machine/lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view mark = ".tombstone-";
constexpr const char* note_file = "retry.json";
constexpr const char* lock_file = "lock";
constexpr Backoff pauses{std::chrono::minutes(1), std::chrono::hours(6)};
/// What a command waits for the thread at its end: an answer that is on its way arrives.
constexpr Duration farewell = std::chrono::milliseconds(300);
constexpr Duration hold_limit = std::chrono::minutes(2);

std::atomic<bool> sweep_abandoned{false};

std::int64_t now() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

void read_note(Tombstone& tombstone) {
  try {
    const Json note = parse_json(read_file(tombstone.folder / note_file));
    const JsonFields fields(note, note_file);
    tombstone.attempts =
        static_cast<unsigned>(std::max<std::int64_t>(fields.integer("Attempts"), 0));
    tombstone.next_try = fields.integer("NextTry");
    tombstone.since = fields.integer("Since");
    tombstone.error = fields.text("Error");
  } catch (const Error&) {  // none, or not whole: it is due
  }
}

void write_note(const Tombstone& tombstone) {
  const Json note{{"Attempts", tombstone.attempts},
                  {"NextTry", tombstone.next_try},
                  {"Since", tombstone.since},
                  {"Error", tombstone.error}};
  try {
    write_file(tombstone.folder / note_file, to_go_json(note), 0600);
  } catch (const Error& failure) {
    log::debug("{}: {}", tombstone.folder.string(), failure.what());
  }
}

void write_failure(Tombstone tombstone, const std::string& error) {
  const auto pause = pauses.delay(tombstone.attempts, random_fraction());
  ++tombstone.attempts;
  tombstone.next_try = now() + std::chrono::duration_cast<std::chrono::seconds>(pause).count();
  tombstone.since = tombstone.since != 0 ? tombstone.since : now();
  tombstone.error = error;
  write_note(tombstone);
}

/// An attempt that ends with its command says nothing of the cloud. But if that one hangs, the
/// commands of the next minute are for the other tombstones.
void write_beginning(Tombstone tombstone) {
  tombstone.next_try =
      now() + std::chrono::duration_cast<std::chrono::seconds>(pauses.first).count();
  write_note(tombstone);
}

bool is_name_in_use(const Store& store, const std::string& name) {
  return store.exists(name) || MachineLock::is_held(store, name);
}

/// Nothing when another process has it, or when it is gone.
std::optional<FileLock> try_lock(const Tombstone& tombstone) {
  try {
    return FileLock::try_acquire(tombstone.folder / lock_file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Tombstone> find_tombstones(const Store& store) {
  std::vector<Tombstone> found;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(store.machines_folder(), failure)) {
    const std::string file = entry.path().filename().string();
    const auto at = file.rfind(mark);
    if (file[0] != '.' || at == std::string::npos || at < 2 ||
        !fs::is_directory(entry.symlink_status(failure))) {
      continue;
    }
    Tombstone tombstone;
    tombstone.folder = entry.path();
    tombstone.name = file.substr(1, at - 1);
    read_note(tombstone);
    found.push_back(std::move(tombstone));
  }
  std::ranges::sort(found, {}, [](const Tombstone& one) { return one.folder.string(); });
  return found;
}

Machine load(const Tombstone& tombstone) {
  return machine_from_json(tombstone.name,
                           parse_config(read_file(tombstone.folder / "config.json")));
}

Tombstone bury(const Store& store, const std::string& name, const std::string& error) {
  Tombstone tombstone;
  tombstone.folder = store.keep_tombstone(name);
  tombstone.name = name;
  write_failure(tombstone, error);
  read_note(tombstone);
  return tombstone;
}

RetryOutcome retry_removal(const Context& ctx, const Store& store, const Tombstone& tombstone,
                           Urgency urgency) {
  using Kind = RetryOutcome::Kind;
  const auto lock = try_lock(tombstone);
  if (!lock) {
    return {Kind::skipped, "another process is at it"};
  }
  Tombstone current = tombstone;
  read_note(current);  // another process may have tried since
  if (urgency == Urgency::due_only && current.next_try > now()) {
    return {Kind::skipped, "it is not due"};
  }
  if (is_name_in_use(store, tombstone.name)) {
    return {Kind::skipped, "there is a machine of the same name"};
  }
  if (urgency == Urgency::due_only) {
    write_beginning(current);
  }
  try {
    load(tombstone).driver->remove(ctx);
    // Out of sight in one step; whatever is left of the folder then is Store::sweep's.
    const fs::path hidden =
        store.machines_folder() /
        fmt::format(".{}.old{}", tombstone.name,
                    tombstone.folder.string().substr(tombstone.folder.string().size() - 8));
    fs::rename(tombstone.folder, hidden);
    remove_tree(hidden);
  } catch (const Error& error) {
    write_failure(current, error.what());
    return {Kind::failed, error.what()};
  } catch (const fs::filesystem_error& error) {
    return {Kind::failed, error.what()};
  }
  return {Kind::removed, ""};
}

std::vector<FileLock> hold_tombstones(const Context& ctx, const Store& store,
                                      const std::string& name) {
  std::vector<FileLock> locks;
  for (const Tombstone& tombstone : find_tombstones(store)) {
    if (tombstone.name != name) {
      continue;
    }
    try {
      locks.push_back(FileLock::acquire(ctx.within(hold_limit), tombstone.folder / lock_file));
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) {  // gone meanwhile is what everybody wants
        throw;
      }
    }
  }
  return locks;
}

namespace {

void sweep(const Store& store, const std::vector<Tombstone>& due, const StopToken& end,
           Duration limit) {
  const WorkScope quiet({nullptr, true});
  const Context ctx = Context(end).within(limit);
  try {
    for (const Tombstone& tombstone : due) {
      ctx.check();
      const auto outcome = retry_removal(ctx, store, tombstone, Urgency::due_only);
      log::debug("{}: {}", tombstone.folder.filename().string(),
                 outcome.kind == RetryOutcome::Kind::removed ? "removed" : outcome.why);
    }
  } catch (const Cancelled&) {
    log::debug("the command ends before all tombstones were tried");
  } catch (const std::exception& error) {
    log::debug("tombstones: {}", error.what());
  }
}

}  // namespace

struct TombstoneSweep::Progress {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
};

TombstoneSweep::TombstoneSweep(const Store& store, Duration limit) {
  auto due = find_tombstones(store);
  std::erase_if(due, [](const Tombstone& one) { return one.next_try > now(); });
  if (due.empty()) {
    return;
  }
  progress_ = std::make_shared<Progress>();
  try {
    thread_ = std::thread(
        [store, due = std::move(due), token = end_.token(), progress = progress_, limit] {
          sweep(store, due, token, limit);
          const std::lock_guard lock(progress->mutex);
          progress->done = true;
          progress->changed.notify_all();
        });
  } catch (const std::system_error& error) {
    log::debug("no thread for tombstones: {}", error.what());
  }
}

TombstoneSweep::~TombstoneSweep() {
  if (!thread_.joinable()) {
    return;
  }
  end_.request_stop();
  std::unique_lock lock(progress_->mutex);
  if (progress_->changed.wait_for(lock, farewell, [&] { return progress_->done; })) {
    lock.unlock();
    thread_.join();
    return;
  }
  sweep_abandoned = true;
  thread_.detach();
}

bool has_abandoned_sweep() {
  return sweep_abandoned;
}

}  // namespace dmachine::machine

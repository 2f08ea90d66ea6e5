// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/lock.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace dmachine::machine {

namespace fs = std::filesystem;
using std::chrono::seconds;

namespace {

/// A running create deletes what it made within a minute (systemd kills after 90 s).
constexpr auto patience_with_creator = seconds(75);

struct Holder {
  pid_t pid = 0;
  std::string
      start_time;  // of the process, in clock ticks since boot: a pid alone may be another's by now
  std::string pid_namespace;
};

fs::path lock_path(const Store& store, const std::string& name) {
  return store.machines_folder() / fmt::format(".{}.lock", name);
}

/// Fields of /proc/PID/stat after the name in parentheses: [0] is the state, [19] the start time
/// (proc_pid_stat(5)).
std::vector<std::string> process_fields(pid_t pid) {
  const auto stat = find_file(fmt::format("/proc/{}/stat", pid)).value_or("");
  const auto name_end = stat.rfind(')');
  return name_end == std::string::npos ? std::vector<std::string>()
                                       : split(trim(stat.substr(name_end + 1)), ' ');
}

std::string start_time_of(pid_t pid) {
  const auto fields = process_fields(pid);
  return fields.size() > 19 ? fields[19] : "";
}

std::string own_pid_namespace() {
  std::error_code failure;
  return fs::read_symlink("/proc/self/ns/pid", failure).string();
}

std::string own_note() {
  return fmt::format("{} {} {}\n", getpid(), start_time_of(getpid()), own_pid_namespace());
}

/// Who holds the lock, if that process can be seen from here and is still the one that wrote the
/// note.
std::optional<Holder> find_holder(const fs::path& path) {
  const auto words = split(trim(find_file(path).value_or("")), ' ');
  if (words.size() != 3) {
    return std::nullopt;
  }
  const auto pid = parse_go_int(words[0]);
  if (!pid || *pid <= 1) {
    return std::nullopt;
  }
  Holder holder{static_cast<pid_t>(*pid), words[1], words[2]};
  const bool same =
      holder.pid_namespace == own_pid_namespace() && holder.start_time == start_time_of(holder.pid);
  return same ? std::optional(holder) : std::nullopt;
}

bool is_suspended(pid_t pid) {
  const auto fields = process_fields(pid);
  return !fields.empty() && (fields[0] == "T" || fields[0] == "t");
}

std::optional<FileLock> acquire_within(const Context& ctx, const fs::path& path, Duration limit) {
  try {
    return FileLock::acquire(ctx.within(limit), path);
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) {
      throw;
    }
    return std::nullopt;
  }
}

}  // namespace

MachineLock::MachineLock(FileLock lock) : lock_(std::move(lock)) {
  lock_.write_note(own_note());
  lock_.remove_on_release();
}

std::optional<MachineLock> MachineLock::try_take(const Store& store, const std::string& name) {
  auto lock = FileLock::try_acquire(lock_path(store, name));
  if (!lock) {
    return std::nullopt;
  }
  return MachineLock(*std::move(lock));
}

bool MachineLock::is_held(const Store& store, const std::string& name) {
  std::error_code failure;
  return fs::exists(lock_path(store, name), failure) && !try_take(store, name);
}

MachineLock MachineLock::take(const Store& store, const std::string& name) {
  ensure_folder(store.machines_folder());
  if (auto lock = try_take(store, name)) {
    return *std::move(lock);
  }
  throw Error(Errc::conflict,
              fmt::format("another command is working on machine {}", go_quote(name)));
}

MachineLock MachineLock::wait(const Context& ctx, const Store& store, const std::string& name) {
  return MachineLock(FileLock::acquire(ctx, lock_path(store, name)));
}

MachineLock MachineLock::take_over(const Context& ctx, const Store& store,
                                   const std::string& name) {
  const fs::path path = lock_path(store, name);
  const auto end = Clock::now() + patience_with_creator;
  pid_t asked = 0;
  while (Clock::now() < end) {
    // A holder that has just begun may not have written its note yet, hence the look each time.
    const auto holder = find_holder(path);
    if (holder && is_suspended(holder->pid)) {
      ::kill(holder->pid, SIGKILL);  // it would never see a request
    } else if (holder && holder->pid != asked) {
      log::debug("machine {}: asking process {} to stop", name, holder->pid);
      ::kill(holder->pid, SIGTERM);
      asked = holder->pid;
    }
    if (auto lock = acquire_within(ctx, path, seconds(1))) {
      return MachineLock(*std::move(lock));
    }
  }
  if (const auto still = find_holder(path)) {
    log::debug("machine {}: killing process {}", name, still->pid);
    ::kill(still->pid, SIGKILL);
  }
  if (auto lock = acquire_within(ctx, path, seconds(5))) {
    return MachineLock(*std::move(lock));
  }
  throw Error(
      Errc::timeout,
      fmt::format("another command is working on machine {} and does not end", go_quote(name)),
      fmt::format("see who holds {}", path.string()));
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/store.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/home.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "machine/lock.hpp"
#include "machine/migration.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

constexpr mode_t config_mode = 0600;

/// Like Go's filepath.Clean: no trailing slash, no `.` parts.
fs::path clean(const fs::path& path) {
  fs::path normal = path.lexically_normal();
  return normal.has_filename() || normal == normal.root_path() ? normal : normal.parent_path();
}

bool is_directory_itself(const fs::path& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// The newest whole temporary config in the folder. The reference removes config.json before it
/// renames the new one over it.
std::optional<std::string> find_interrupted_save(const fs::path& folder) {
  std::optional<std::string> best;
  fs::file_time_type best_time = fs::file_time_type::min();
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    if (entry.path().filename().string().rfind("config.json.tmp", 0) != 0) {
      continue;
    }
    auto text = find_file(entry.path());
    std::error_code no_time;
    const auto time = entry.last_write_time(no_time);
    if (text && Json::accept(*text) && !no_time && time > best_time) {
      best = std::move(text);
      best_time = time;
    }
  }
  return best;
}

}  // namespace

std::string Store::default_path() {
  if (auto path = find_env("MACHINE_STORAGE_PATH")) {
    return *path;
  }
  // As gitlab-runner does for itself, so that both look at the same place.
  return (home_folder() / ".docker" / "machine").string();
}

fs::path Store::root() const {
  return clean(given_path_);
}
fs::path Store::certs_folder() const {
  return clean(fs::path(given_path_) / "certs");
}
fs::path Store::machines_folder() const {
  return clean(fs::path(given_path_) / "machines");
}
fs::path Store::own_folder() const {
  return clean(fs::path(given_path_) / "dmachine");
}
fs::path Store::machine_folder(const std::string& name) const {
  return machines_folder() / name;
}

std::vector<std::string> Store::names() const {
  std::vector<std::string> names;
  std::error_code failure;
  fs::directory_iterator entries(machines_folder(), failure);
  if (failure && failure != std::errc::no_such_file_or_directory) {
    throw system_error(fmt::format("open {}", machines_folder().string()), failure.value());
  }
  if (failure) {
    return names;
  }
  for (const auto& entry : entries) {
    std::string name = entry.path().filename().string();
    if (name[0] != '.' && is_directory_itself(entry.path())) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Store::exists(const std::string& name) const {
  struct stat info {};
  return stat(machine_folder(name).c_str(), &info) == 0;
}

Error no_such_machine(const std::string& name) {
  return Error(
      Errc::not_found,
      fmt::format("Docker machine {} does not exist. Use \"docker-machine ls\" to list machines. "
                  "Use \"docker-machine create\" to add a new one.",
                  go_quote(name)));
}

Machine Store::load(const std::string& name) const {
  // Names of other places (`..`, `a/b`, "") are nobody's machine; the reference follows them.
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos || !exists(name)) {
    throw no_such_machine(name);
  }
  const fs::path folder = machine_folder(name);
  auto text = [&]() -> std::optional<std::string> {
    try {
      return read_file(folder / "config.json");
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) {
        throw;
      }
      auto interrupted = find_interrupted_save(folder);
      if (!interrupted) {
        throw;
      }
      return interrupted;
    }
  }();
  Json config = parse_config(*text);
  if (config_version(config) == current_config_version) {
    return machine_from_json(name, std::move(config));
  }
  config = migrate(config, {name, given_path_, folder.string()});
  Machine machine = machine_from_json(name, config);
  save_migrated(*this, name, *text, config);
  machine.old_config = *std::move(text);
  return machine;
}

void Store::save_new(const Machine& machine) const {
  const fs::path folder = machine_folder(machine.name);
  const fs::path hidden = machines_folder() / fmt::format(".{}.new{}", machine.name, random_hex(4));
  ensure_folder(hidden, 0700);
  try {
    write_file(hidden / "config.json", to_go_json(machine.to_json()), config_mode);
    if (rename(hidden.c_str(), folder.c_str()) != 0) {
      const int why = errno;
      if (why == EEXIST || why == ENOTEMPTY || why == ENOTDIR) {
        throw Error(Errc::conflict,
                    fmt::format("Docker machine {} already exists", go_quote(machine.name)));
      }
      throw system_error(fmt::format("rename {}", folder.string()), why);
    }
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(hidden, ignored);
    throw;
  }
  sync_folder(machines_folder());
}

void Store::save(const Machine& machine) const {
  const fs::path folder = machine_folder(machine.name);
  if (!is_directory_itself(folder)) {
    throw Error(Errc::conflict, fmt::format("the machine's folder {} is gone", folder.string()));
  }
  const std::string text = to_go_json(machine.to_json());
  const fs::path path = folder / "config.json";
  const auto current = find_file(path);
  if (current == text) {
    return;
  }
  if (!machine.old_config.empty() && current == machine.old_config) {
    write_file(path.string() + ".bak", *current, config_mode);
  }
  write_file(path, text, config_mode);
}

bool Store::remove_folder(const std::string& name) const {
  const fs::path folder = machine_folder(name);
  struct stat info {};
  if (lstat(folder.c_str(), &info) != 0) {
    return false;
  }
  // Out of sight in one step, so that a lister never meets a folder half gone.
  const fs::path hidden = machines_folder() / fmt::format(".{}.old{}", name, random_hex(4));
  if (rename(folder.c_str(), hidden.c_str()) != 0) {
    throw system_error(fmt::format("remove {}", folder.string()), errno);
  }
  remove_tree(hidden);
  sync_folder(machines_folder());
  return true;
}

void Store::sweep() const {
  constexpr std::size_t tail = std::string_view(".new01234567").size();
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(machines_folder(), failure)) {
    const std::string name = entry.path().filename().string();
    if (name[0] != '.' || name.size() <= tail + 1) {
      continue;
    }
    const std::string machine = name.substr(1, name.size() - tail - 1);
    const std::string kind = name.substr(name.size() - tail, 4);
    if ((kind == ".new" || kind == ".old") && !MachineLock::is_held(*this, machine)) {
      log::debug("removing what a killed command left: {}", name);
      std::error_code ignored;
      fs::remove_all(entry.path(), ignored);
    }
  }
}

fs::path Store::keep_tombstone(const std::string& name) const {
  const fs::path folder = machine_folder(name);
  fs::path tombstone = machines_folder() / fmt::format(".{}.tombstone-{}", name, random_hex(4));
  if (rename(folder.c_str(), tombstone.c_str()) != 0) {
    throw system_error(fmt::format("rename {}", folder.string()), errno);
  }
  sync_folder(machines_folder());
  return tombstone;
}

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/store_check.hpp"

#include "core/error.hpp"
#include "core/time.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace dmachine::machine {

namespace fs = std::filesystem;

namespace {

using Level = Finding::Level;

/// A machine's folder takes some 20 KiB; its console log of a bad day, more.
constexpr std::uint64_t least_free = 16U << 20U;

/// The folder itself, or the nearest one above it that is there.
fs::path nearest_existing(const fs::path& folder) {
  std::error_code failure;
  fs::path path = fs::absolute(folder, failure);
  while (!fs::exists(path, failure) && path.has_parent_path() && path != path.parent_path()) {
    path = path.parent_path();
  }
  return path;
}

Finding examine_folder(const Store& store) {
  const fs::path folder = store.root();
  const fs::path existing = nearest_existing(folder);
  std::error_code failure;
  if (!fs::is_directory(existing, failure)) {
    return {Level::problem, "folder", fmt::format("{} is no folder", existing.string()),
            "choose another one by --storage-path or MACHINE_STORAGE_PATH"};
  }
  if (access(existing.c_str(), W_OK | X_OK) != 0) {
    return {Level::problem, "folder", fmt::format("{} cannot be written", existing.string()),
            fmt::format("give user {} write permission, or choose another folder by "
                        "MACHINE_STORAGE_PATH",
                        geteuid())};
  }
  struct statvfs room {};
  if (statvfs(existing.c_str(), &room) == 0 && room.f_bavail * room.f_frsize < least_free) {
    return {Level::problem, "folder",
            fmt::format("{} has only {} KiB left on its file system", existing.string(),
                        room.f_bavail * room.f_frsize / 1024),
            "make room: a machine that cannot be saved is not created"};
  }
  return {Level::good, "folder",
          existing == fs::absolute(folder, failure) ? "can be written"
                                                    : "will be made by the first create"};
}

Finding examine_end(const char* subject, const fs::path& file, const std::string& remedy) {
  const auto now = certs::current_time();
  const auto found = certs::find_ending(file);
  if (!found) {
    return {Level::problem, subject, fmt::format("there is no certificate in {}", file.string()),
            remedy};
  }
  const auto end = found->end;
  const std::string day = to_day(end);
  if (end - now < certs::soon) {
    return {end < now ? Level::problem : Level::warning, subject,
            fmt::format("{} {} on {}", file.string(), end < now ? "ended" : "ends", day), remedy};
  }
  return {Level::good, subject, fmt::format("good until {}", day)};
}

std::vector<Finding> examine_certificates(const certs::AuthorityFiles& files) {
  std::error_code failure;
  if (!fs::exists(files.ca_cert, failure) && !fs::exists(files.ca_key, failure)) {
    return {{Level::good, "certificates", "will be made by the first create"}};
  }
  // What is missing beside a CA that is there, or has run out, create makes anew itself.
  std::vector<Finding> findings;
  const std::string renew = "docker-machine regenerate-certs --client-certs NAME for each machine";
  const auto examine = [&](const char* subject, const fs::path& file) {
    if (!fs::exists(file, failure)) {
      findings.push_back({Level::warning, subject, fmt::format("{} is missing", file.string()),
                          "the next create makes what it can"});
      return;
    }
    findings.push_back(examine_end(subject, file, renew));
  };
  examine("CA", files.ca_cert);
  examine("client certificate", files.client_cert);
  for (const auto& key : {files.ca_key, files.client_key}) {
    struct stat info {};
    if (stat(key.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
      findings.push_back({Level::warning, "key",
                          fmt::format("{} can be read by others", key.string()),
                          fmt::format("chmod 600 {}", key.string())});
    }
  }
  return findings;
}

/// A machine that cannot be read is one that nobody can remove: its instance may run on.
std::vector<Finding> examine_machines(const Store& store) {
  std::vector<Finding> findings;
  const auto names = store.names();
  std::size_t readable = 0;
  for (const auto& name : names) {
    try {
      store.load(name);
      ++readable;
    } catch (const Error& error) {
      findings.push_back({Level::warning, fmt::format("machine {}", name), error.what(),
                          "its instance may be running: dmachine gc finds it by its labels"});
    }
    const auto key = store.machine_folder(name) / "id_rsa";
    struct stat info {};
    if (stat(key.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
      findings.push_back({Level::warning, fmt::format("machine {}", name),
                          fmt::format("{} can be read by others", key.string()),
                          fmt::format("chmod 600 {}", key.string())});
    }
  }
  findings.insert(findings.begin(),
                  {Level::good, "machines", fmt::format("{} can be read", readable)});
  return findings;
}

std::optional<Finding> examine_tombstones(const Store& store) {
  std::size_t count = 0;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(store.machines_folder(), failure)) {
    const std::string name = entry.path().filename().string();
    count += name[0] == '.' && name.find(".tombstone-") != std::string::npos ? 1 : 0;
  }
  if (count == 0) {
    return std::nullopt;
  }
  return Finding{Level::warning, "tombstones",
                 fmt::format("{} removals by rm -f are not finished in the cloud", count),
                 "dmachine gc --yes"};
}

}  // namespace

std::vector<Finding> examine_store(const Store& store, const certs::AuthorityFiles& files) {
  std::vector<Finding> findings{examine_folder(store)};
  const auto add = [&](const std::vector<Finding>& more) {
    findings.insert(findings.end(), more.begin(), more.end());
  };
  add(examine_certificates(files));
  try {
    add(examine_machines(store));
  } catch (const Error& error) {
    findings.push_back({Level::problem, "machines", error.what(), ""});
  }
  if (const auto tombstones = examine_tombstones(store)) {
    findings.push_back(*tombstones);
  }
  return findings;
}

}  // namespace dmachine::machine

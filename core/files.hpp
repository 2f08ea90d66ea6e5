// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

/// Owner of a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

/// Opens /dev/null in place of stdin, stdout and stderr where the caller has closed them: else a
/// file of ours would get that number, and our lines. To be called first in main.
void ensure_standard_streams();

/// The whole file. Throws Error with the reference's text: `open PATH: no such file or directory`.
std::string read_file(const std::filesystem::path& path);

/// The whole file, or nothing when there is none. Throws as read_file for any other failure.
std::optional<std::string> find_file(const std::filesystem::path& path);

/// Writes the file whole or not at all: a temporary file beside it with its final mode from birth,
/// synced, renamed over the old one, and the folder synced. Throws Error (`open PATH: permission
/// denied`, …).
void write_file(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// Makes the folder and missing parents, each with `mode`. No error when it is there already.
void ensure_folder(const std::filesystem::path& path, mode_t mode = 0700);

/// Removes a file or a folder with all in it; what is gone already is fine.
void remove_tree(const std::filesystem::path& path);

/// Makes what was renamed or removed in the folder durable.
void sync_folder(const std::filesystem::path& folder);

/// An advisory lock (flock) on a file that is made when missing. The file carries whatever text the
/// holder writes. Released on destruction, and by the kernel when the process dies. The descriptor
/// is not inherited by children.
class FileLock {
 public:
  /// Waits for the lock as long as the context allows.
  static FileLock acquire(const Context& ctx, const std::filesystem::path& path);

  /// The lock, or nothing when another process or thread has it.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);

  /// Replaces the file's content (a holder's note to others; not atomic, readers must tolerate
  /// anything).
  void write_note(std::string_view text) const;

  /// Takes the file away on release. Safe, since whoever gets a lock looks whether its file is
  /// still the one at the path.
  void remove_on_release() { remove_ = true; }

  FileLock(FileLock&&) = default;
  FileLock& operator=(FileLock&&) = delete;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  FileLock(Fd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::filesystem::path path_;
  bool remove_ = false;
};

}  // namespace dmachine

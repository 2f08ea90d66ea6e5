// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::ssh {

/// What is at a path, links followed.
struct FileInfo {
  enum class Kind { file, folder, other } kind = Kind::other;
  unsigned mode = 0;  // permission bits
};

/// A file being written; what was not closed may be cut short.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  virtual void write(const Context& ctx, std::string_view piece) = 0;
  virtual void close(const Context& ctx) = 0;
};

/// The files of one side of a copy. All throw Error `PATH: why`.
class FileTree {
 public:
  virtual ~FileTree() = default;
  virtual std::optional<FileInfo> find(const Context& ctx, const std::string& path) = 0;
  /// Names in a folder, without `.` and `..`; none holds a slash.
  virtual std::vector<std::string> list(const Context& ctx, const std::string& path) = 0;
  /// `mode` less the side's umask.
  virtual void make_folder(const Context& ctx, const std::string& path, unsigned mode) = 0;
  virtual void read(const Context& ctx, const std::string& path,
                    const std::function<void(std::string_view)>& sink) = 0;
  virtual std::unique_ptr<FileWriter> write(const Context& ctx, const std::string& path,
                                            unsigned mode) = 0;
};

std::unique_ptr<FileTree> local_files();

}  // namespace dmachine::ssh

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/native_copy.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "ssh/sftp_files.hpp"

#include <fmt/format.h>

namespace dmachine::ssh {

namespace {

constexpr int deepest = 64;  // as scp; a link may lead back up

std::string last_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') {
    path.remove_suffix(1);
  }
  const std::string name(path.substr(path.rfind('/') + 1));
  // The content of a folder given as `..` belongs into the target, not above it.
  return name.empty() || name == ".." ? "." : name;
}

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.back() == '/' ? folder + name : folder + "/" + name;
}

class Copy {
 public:
  Copy(const Context& ctx, FileTree& from, FileTree& to, bool recursive)
      : ctx_(ctx), from_(from), to_(to), recursive_(recursive) {}

  void run(const std::string& from, const std::string& to) {
    const auto target = to_.find(ctx_, to);
    const bool into = target && target->kind == FileInfo::Kind::folder;
    copy(from, into ? below(to, last_name(from)) : to, 0);
    if (!failures_.empty()) {
      throw Error(Errc::unavailable, join(failures_, "\n"));
    }
  }

 private:
  void copy(const std::string& from, const std::string& to, int depth) {
    try {
      const auto info = from_.find(ctx_, from);
      if (!info) {
        throw Error(Errc::not_found, fmt::format("{}: no such file or directory", from));
      }
      if (info->kind == FileInfo::Kind::folder && recursive_) {
        copy_folder(from, to, *info, depth);
      } else if (info->kind == FileInfo::Kind::file) {
        copy_file(from, to, *info);
      } else {
        throw Error(Errc::invalid, fmt::format("{}: not a regular file", from),
                    info->kind == FileInfo::Kind::folder ? "folders need -r" : "");
      }
    } catch (const Error& error) {
      if (error.code() == Errc::unavailable || error.code() == Errc::timeout) {
        throw;  // the connection is gone: nothing else will go better
      }
      const std::string& hint = error.hint();
      failures_.push_back(hint.empty() ? error.what() : fmt::format("{} ({})", error.what(), hint));
    }
  }

  void copy_folder(const std::string& from, const std::string& to, const FileInfo& info,
                   int depth) {
    if (depth == deepest) {
      throw Error(Errc::invalid, fmt::format("{}: folders are more than {} deep", from, deepest));
    }
    const auto names = from_.list(ctx_, from);
    const auto target = to_.find(ctx_, to);
    if (!target) {
      // Writable while it is being filled.
      to_.make_folder(ctx_, to, info.mode | 0700U);
    } else if (target->kind != FileInfo::Kind::folder) {
      throw Error(Errc::conflict, fmt::format("{}: not a directory", to));
    }
    for (const auto& name : names) {
      copy(below(from, name), below(to, name), depth + 1);
    }
  }

  void copy_file(const std::string& from, const std::string& to, const FileInfo& info) {
    const auto writer = to_.write(ctx_, to, info.mode & 0777U);
    from_.read(ctx_, from, [&](std::string_view piece) { writer->write(ctx_, piece); });
    writer->close(ctx_);
  }

  const Context& ctx_;
  FileTree& from_;
  FileTree& to_;
  bool recursive_;
  std::vector<std::string> failures_;
};

std::unique_ptr<FileTree> files_of(const Context& ctx, const CopyEnd& end) {
  return end.remote ? sftp_files(ctx, *end.remote) : local_files();
}

}  // namespace

void copy_tree(const Context& ctx, FileTree& from_files, const std::string& from,
               FileTree& to_files, const std::string& to, bool recursive) {
  Copy(ctx, from_files, to_files, recursive).run(from, to);
}

void copy_native(const Context& ctx, const CopyEnd& from, const CopyEnd& to,
                 const CopyOptions& options) {
  const auto from_files = files_of(ctx, from);
  const auto to_files = files_of(ctx, to);
  copy_tree(ctx, *from_files, from.path, *to_files, to.path, options.recursive);
}

}  // namespace dmachine::ssh

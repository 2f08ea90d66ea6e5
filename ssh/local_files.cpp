// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "ssh/file_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace dmachine::ssh {

namespace {

constexpr std::size_t piece_size = 1U << 20U;

class LocalWriter : public FileWriter {
 public:
  LocalWriter(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  void write(const Context& ctx, std::string_view piece) override {
    ctx.check();
    if (!log::write_all(fd_.get(), piece)) {
      throw system_error(path_, errno);
    }
  }
  void close(const Context&) override {
    if (::close(fd_.release()) != 0) {  // a full disk may be told only now
      throw system_error(path_, errno);
    }
  }

 private:
  Fd fd_;
  std::string path_;
};

class LocalFiles : public FileTree {
 public:
  std::optional<FileInfo> find(const Context&, const std::string& path) override {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT) {
        return std::nullopt;
      }
      throw system_error(path, errno);
    }
    const auto kind = S_ISREG(info.st_mode)   ? FileInfo::Kind::file
                      : S_ISDIR(info.st_mode) ? FileInfo::Kind::folder
                                              : FileInfo::Kind::other;
    return FileInfo{kind, info.st_mode & 07777U};
  }

  std::vector<std::string> list(const Context&, const std::string& path) override {
    std::vector<std::string> names;
    std::error_code failure;
    std::filesystem::directory_iterator entry(path, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
      names.push_back(entry->path().filename().string());
    }
    if (failure) {
      throw system_error(path, failure.value());
    }
    return names;
  }

  void make_folder(const Context&, const std::string& path, unsigned mode) override {
    if (mkdir(path.c_str(), mode) != 0) {
      throw system_error(path, errno);
    }
  }

  void read(const Context& ctx, const std::string& path,
            const std::function<void(std::string_view)>& sink) override {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
      throw system_error(path, errno);
    }
    std::string buffer(piece_size, '\0');
    for (;;) {
      ctx.check();
      const auto got = ::read(fd.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        throw system_error(path, errno);
      }
      if (got == 0) {
        return;
      }
      sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    }
  }

  std::unique_ptr<FileWriter> write(const Context&, const std::string& path,
                                    unsigned mode) override {
    Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd) {
      throw system_error(path, errno);
    }
    return std::make_unique<LocalWriter>(std::move(fd), path);
  }
};

}  // namespace

std::unique_ptr<FileTree> local_files() {
  return std::make_unique<LocalFiles>();
}

}  // namespace dmachine::ssh

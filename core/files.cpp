// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/poll.hpp"
#include "core/random.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dmachine {

namespace fs = std::filesystem;

namespace {

Fd open_or_throw(const fs::path& path, int flags, mode_t mode = 0) {
  Fd fd(open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) {
    throw system_error(fmt::format("open {}", path.string()), errno);
  }
  return fd;
}

std::string read_all(int fd, const fs::path& path) {
  std::string content;
  std::array<char, 16384> buffer{};
  for (;;) {
    const auto got = read(fd, buffer.data(), buffer.size());
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error(fmt::format("read {}", path.string()), errno);
    }
    if (got == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// Removes the temporary file when writing did not come to its end.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!path_.empty()) {
      unlink(path_.c_str());
    }
  }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Fd::release() {
  return std::exchange(fd_, -1);
}

void Fd::reset() {
  if (fd_ >= 0) {
    close(release());
  }
}

void ensure_standard_streams() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is this one.
      [[maybe_unused]] const int opened = open("/dev/null", O_RDWR);
    }
  }
}

std::string read_file(const fs::path& path) {
  const Fd fd = open_or_throw(path, O_RDONLY);
  return read_all(fd.get(), path);
}

std::optional<std::string> find_file(const fs::path& path) {
  try {
    return read_file(path);
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) {
      return std::nullopt;
    }
    throw;
  }
}

void write_file(const fs::path& path, std::string_view content, mode_t mode) {
  // The prefix is the one the reference leaves behind, so that its users' clean-up scripts know it.
  const fs::path temporary_path = path.string() + ".tmp" + random_hex(6);
  const auto fail = [&](const char* doing) {
    throw system_error(fmt::format("{} {}", doing, path.string()), errno);
  };
  Fd fd(open(temporary_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) {
    fail("open");
  }
  Temporary temporary(temporary_path);
  if (!log::write_all(fd.get(), content)) {
    fail("write");
  }
  if (fsync(fd.get()) != 0) {
    fail("sync");
  }
  if (close(fd.release()) != 0) {
    fail("close");
  }
  if (rename(temporary_path.c_str(), path.c_str()) != 0) {
    fail("rename");
  }
  temporary.keep();
  sync_folder(path.parent_path());
}

void ensure_folder(const fs::path& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) {
    return;
  }
  if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path) {
    ensure_folder(path.parent_path(), mode);
    if (mkdir(path.c_str(), mode) == 0) {
      return;
    }
  }
  const int why = errno;
  struct stat info {};
  if (why == EEXIST && stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return;
  }
  throw system_error(fmt::format("mkdir {}", path.string()), why == EEXIST ? ENOTDIR : why);
}

void remove_tree(const fs::path& path) {
  std::error_code failure;
  fs::remove_all(path, failure);
  if (failure) {
    throw system_error(fmt::format("remove {}", path.string()), failure.value());
  }
}

void sync_folder(const fs::path& folder) {
  const fs::path place = folder.empty() ? fs::path(".") : folder;
  const Fd fd(open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems refuse fsync on folders; the rename itself has happened.
  if (fd) {
    fsync(fd.get());
  }
}

namespace {

/// False when the file at `path` is another one than ours: its last holder removed it after we had
/// opened it.
bool is_still_at(const Fd& fd, const fs::path& path) {
  struct stat ours {};
  struct stat there {};
  return fstat(fd.get(), &ours) == 0 && stat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

}  // namespace

std::optional<FileLock> FileLock::try_acquire(const fs::path& path) {
  // A file that its last holder removed meanwhile is nobody's lock: look again at what is there
  // now.
  constexpr int most_tries = 100;
  for (int i = 0; i < most_tries; ++i) {
    Fd fd = open_or_throw(path, O_RDWR | O_CREAT, 0600);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        throw system_error(fmt::format("lock {}", path.string()), errno);
      }
      return std::nullopt;
    }
    if (is_still_at(fd, path)) {
      return FileLock(std::move(fd), path);
    }
  }
  return std::nullopt;
}

FileLock::~FileLock() {
  if (fd_ && remove_) {
    unlink(path_.c_str());
  }
}

FileLock FileLock::acquire(const Context& ctx, const fs::path& path) {
  // flock cannot be awaited together with a stop request, hence the short look again and again.
  return poll(ctx, fmt::format("the lock {}", path.string()), Backoff{Duration(5), Duration(100)},
              [&] { return try_acquire(path); });
}

void FileLock::write_note(std::string_view text) const {
  if (ftruncate(fd_.get(), 0) == 0 && lseek(fd_.get(), 0, SEEK_SET) == 0) {
    log::write_all(fd_.get(), text);
  }
}

}  // namespace dmachine

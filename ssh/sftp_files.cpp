// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/sftp_files.hpp"

#include "core/error.hpp"
#include "ssh/transport.hpp"

#include <fmt/format.h>
#include <libssh2_sftp.h>

#include <array>
#include <cerrno>
#include <type_traits>
#include <utility>

namespace dmachine::ssh {

namespace {

constexpr std::size_t piece_size = 256U << 10U;  // libssh2 asks ahead for what fits

/// SFTP's status codes as errno, for their texts.
int errno_of(unsigned long status) {
  switch (status) {
    case LIBSSH2_FX_NO_SUCH_FILE:
    case LIBSSH2_FX_NO_SUCH_PATH:
      return ENOENT;
    case LIBSSH2_FX_PERMISSION_DENIED:
    case LIBSSH2_FX_WRITE_PROTECT:
      return EACCES;
    case LIBSSH2_FX_FILE_ALREADY_EXISTS:
      return EEXIST;
    case LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM:
      return ENOSPC;
    case LIBSSH2_FX_OP_UNSUPPORTED:
      return ENOTSUP;
    default:
      return EIO;
  }
}

/// From the login's home folder, where SFTP itself begins.
std::string from_home(const std::string& path) {
  if (path.empty() || path == "~" || path == "~/") {
    return ".";
  }
  return path.rfind("~/", 0) == 0 ? path.substr(2) : path;
}

/// One SFTP channel on one connection.
class Connection {
 public:
  Connection(const Context& ctx, const Remote& remote)
      : transport_(ctx, remote.endpoint, remote.pin, LoginLimits{}) {
    sftp_ = open(ctx, [this] { return libssh2_sftp_init(transport_.get()); });
    if (sftp_ == nullptr) {
      throw Error(Errc::unavailable, fmt::format("{} has no SFTP server: {}", remote.endpoint.host,
                                                 transport_.last_error()));
    }
  }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ~Connection() {
    try {
      const Context ctx = Context().within(std::chrono::seconds(2));
      transport_.complete(ctx, [this] { return libssh2_sftp_shutdown(sftp_); });
    } catch (const std::exception&) {  // the connection ends all the same
    }
  }

  LIBSSH2_SFTP* get() const { return sftp_; }

  /// A call that gives a pointer, until it does not wait any more.
  template <typename Call>
  std::invoke_result_t<Call> open(const Context& ctx, Call&& call) const {
    for (;;) {
      auto* handle = call();
      if (handle != nullptr ||
          libssh2_session_last_errno(transport_.get()) != LIBSSH2_ERROR_EAGAIN) {
        return handle;
      }
      transport_.wait(ctx);
    }
  }

  /// A call that gives a code or a count; failures are thrown.
  template <typename Call>
  auto run(const Context& ctx, const std::string& path, Call&& call) const {
    const auto code = transport_.complete(ctx, std::forward<Call>(call));
    if (code < 0) {
      fail(path);
    }
    return code;
  }

  [[noreturn]] void fail(const std::string& path) const {
    if (libssh2_session_last_errno(transport_.get()) == LIBSSH2_ERROR_SFTP_PROTOCOL) {
      const auto failure = system_error(path, errno_of(libssh2_sftp_last_error(sftp_)));
      throw Error(Errc::denied, failure.what());
    }
    throw Error(Errc::unavailable, fmt::format("{}: {}", path, transport_.last_error()));
  }

  bool was_missing() const {
    return libssh2_session_last_errno(transport_.get()) == LIBSSH2_ERROR_SFTP_PROTOCOL &&
           errno_of(libssh2_sftp_last_error(sftp_)) == ENOENT;
  }

 private:
  Transport transport_;
  LIBSSH2_SFTP* sftp_ = nullptr;
};

/// An open file or folder. Closed in order by `close`; else it ends with the connection.
class Handle {
 public:
  Handle(const Context& ctx, const Connection& connection, std::string path, unsigned long flags,
         unsigned mode, int type)
      : connection_(connection), path_(std::move(path)) {
    handle_ = connection.open(ctx, [&] {
      return libssh2_sftp_open_ex(connection.get(), path_.data(),
                                  static_cast<unsigned>(path_.size()), flags,
                                  static_cast<long>(mode), type);
    });
    if (handle_ == nullptr) {
      connection.fail(path_);
    }
  }

  template <typename Call>
  auto run(const Context& ctx, Call&& call) const {
    return connection_.run(ctx, path_, [&] { return call(handle_); });
  }

  void close(const Context& ctx) const {
    run(ctx, [](LIBSSH2_SFTP_HANDLE* handle) { return libssh2_sftp_close_handle(handle); });
  }

 private:
  const Connection& connection_;
  std::string path_;
  LIBSSH2_SFTP_HANDLE* handle_ = nullptr;
};

class SftpWriter : public FileWriter {
 public:
  explicit SftpWriter(Handle handle) : handle_(std::move(handle)) {}
  void write(const Context& ctx, std::string_view piece) override {
    while (!piece.empty()) {
      const auto taken = handle_.run(ctx, [&](LIBSSH2_SFTP_HANDLE* handle) {
        return libssh2_sftp_write(handle, piece.data(), piece.size());
      });
      piece.remove_prefix(static_cast<std::size_t>(taken));
    }
  }
  void close(const Context& ctx) override { handle_.close(ctx); }

 private:
  Handle handle_;
};

class SftpFiles : public FileTree {
 public:
  SftpFiles(const Context& ctx, const Remote& remote) : connection_(ctx, remote) {}

  std::optional<FileInfo> find(const Context& ctx, const std::string& given) override {
    const std::string path = from_home(given);
    LIBSSH2_SFTP_ATTRIBUTES found{};
    try {
      connection_.run(ctx, path, [&] {
        return libssh2_sftp_stat_ex(connection_.get(), path.data(),
                                    static_cast<unsigned>(path.size()), LIBSSH2_SFTP_STAT, &found);
      });
    } catch (const Error&) {
      if (connection_.was_missing()) {
        return std::nullopt;
      }
      throw;
    }
    const auto kind = LIBSSH2_SFTP_S_ISREG(found.permissions)   ? FileInfo::Kind::file
                      : LIBSSH2_SFTP_S_ISDIR(found.permissions) ? FileInfo::Kind::folder
                                                                : FileInfo::Kind::other;
    return FileInfo{kind, static_cast<unsigned>(found.permissions & 07777U)};
  }

  std::vector<std::string> list(const Context& ctx, const std::string& given) override {
    const Handle folder(ctx, connection_, from_home(given), 0, 0, LIBSSH2_SFTP_OPENDIR);
    std::vector<std::string> names;
    std::array<char, 4096> buffer{};
    for (;;) {
      LIBSSH2_SFTP_ATTRIBUTES unused{};
      const auto length = folder.run(ctx, [&](LIBSSH2_SFTP_HANDLE* handle) {
        return libssh2_sftp_readdir_ex(handle, buffer.data(), buffer.size(), nullptr, 0, &unused);
      });
      if (length == 0) {
        break;
      }
      std::string name(buffer.data(), static_cast<std::size_t>(length));
      if (name == "." || name == "..") {
        continue;
      }
      if (name.find('/') != std::string::npos) {  // a host that wants to write elsewhere here
        throw Error(Errc::invalid,
                    fmt::format("{}: the host names a file with a slash in it", given));
      }
      names.push_back(std::move(name));
    }
    folder.close(ctx);
    return names;
  }

  void make_folder(const Context& ctx, const std::string& given, unsigned mode) override {
    const std::string path = from_home(given);
    connection_.run(ctx, path, [&] {
      return libssh2_sftp_mkdir_ex(connection_.get(), path.data(),
                                   static_cast<unsigned>(path.size()), static_cast<long>(mode));
    });
  }

  void read(const Context& ctx, const std::string& given,
            const std::function<void(std::string_view)>& sink) override {
    const Handle file(ctx, connection_, from_home(given), LIBSSH2_FXF_READ, 0,
                      LIBSSH2_SFTP_OPENFILE);
    std::string buffer(piece_size, '\0');
    for (;;) {
      const auto got = file.run(ctx, [&](LIBSSH2_SFTP_HANDLE* handle) {
        return libssh2_sftp_read(handle, buffer.data(), buffer.size());
      });
      if (got == 0) {
        break;
      }
      sink(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
    }
    file.close(ctx);
  }

  std::unique_ptr<FileWriter> write(const Context& ctx, const std::string& given,
                                    unsigned mode) override {
    return std::make_unique<SftpWriter>(Handle(
        ctx, connection_, from_home(given),
        LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC, mode, LIBSSH2_SFTP_OPENFILE));
  }

 private:
  Connection connection_;
};

}  // namespace

std::unique_ptr<FileTree> sftp_files(const Context& ctx, const Remote& remote) {
  return std::make_unique<SftpFiles>(ctx, remote);
}

}  // namespace dmachine::ssh

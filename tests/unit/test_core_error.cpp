// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "tests/support/catch.hpp"

#include <cerrno>
#include <string>
#include <tuple>

using namespace dmachine;

TEST_CASE("The system's errors read as in Go, whatever the C library says") {
  // From Go's table for Linux (syscall/zerrors_linux_amd64.go).
  const auto [number, text] = GENERATE(table<int, std::string>({
      {EACCES, "permission denied"},
      {EADDRINUSE, "address already in use"},
      {EADDRNOTAVAIL, "cannot assign requested address"},
      {EBUSY, "device or resource busy"},
      {ECONNREFUSED, "connection refused"},
      {ECONNRESET, "connection reset by peer"},
      {EDQUOT, "disk quota exceeded"},
      {EEXIST, "file exists"},
      {EHOSTUNREACH, "no route to host"},
      {EIO, "input/output error"},
      {EISDIR, "is a directory"},
      {ELOOP, "too many levels of symbolic links"},
      {EMFILE, "too many open files"},
      {ENAMETOOLONG, "file name too long"},
      {ENETUNREACH, "network is unreachable"},
      {ENFILE, "too many open files in system"},
      {ENOENT, "no such file or directory"},
      {ENOMEM, "cannot allocate memory"},
      {ENOSPC, "no space left on device"},
      {ENOTDIR, "not a directory"},
      {EPERM, "operation not permitted"},
      {EPIPE, "broken pipe"},
      {EROFS, "read-only file system"},
      {ETIMEDOUT, "connection timed out"},
      {EXDEV, "invalid cross-device link"},
  }));
  CHECK(errno_text(number) == text);
}

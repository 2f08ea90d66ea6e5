// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dmachine {

namespace {

/// Where musl has words of its own: the ones that glibc and Go have, which scripts may look for.
constexpr std::array<std::pair<int, const char*>, 14> common_texts{{
    {EADDRINUSE, "address already in use"},
    {EADDRNOTAVAIL, "cannot assign requested address"},
    {EBUSY, "device or resource busy"},
    {EDQUOT, "disk quota exceeded"},
    {EHOSTUNREACH, "no route to host"},
    {EIO, "input/output error"},
    {ELOOP, "too many levels of symbolic links"},
    {EMFILE, "too many open files"},
    {ENAMETOOLONG, "file name too long"},
    {ENETUNREACH, "network is unreachable"},
    {ENFILE, "too many open files in system"},
    {ENOMEM, "cannot allocate memory"},
    {ETIMEDOUT, "connection timed out"},
    {EXDEV, "invalid cross-device link"},
}};

}  // namespace

std::string errno_text(int errno_value) {
  const auto* const common =
      std::find_if(common_texts.begin(), common_texts.end(),
                   [&](const auto& entry) { return entry.first == errno_value; });
  if (common != common_texts.end()) {
    return common->second;
  }
  std::string text = std::generic_category().message(errno_value);
  if (!text.empty()) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

Error system_error(const std::string& doing, int errno_value) {
  auto code = Errc::internal;
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      code = Errc::not_found;
      break;
    case EEXIST:
      code = Errc::conflict;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Errc::denied;
      break;
    case ENOSPC:
    case EDQUOT:
      code = Errc::quota;
      break;
    default:
      break;
  }
  return Error(code, doing + ": " + errno_text(errno_value));
}

}  // namespace dmachine

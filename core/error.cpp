// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <cctype>
#include <system_error>

namespace dmachine {

std::string errno_text(int errno_value) {
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

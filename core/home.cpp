// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/home.hpp"

#include "core/text.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace dmachine {

std::filesystem::path home_folder() {
  if (auto value = find_env("HOME")) {
    return *value;
  }
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr ||
      found->pw_dir == nullptr) {
    return {};
  }
  return found->pw_dir;
}

}  // namespace dmachine

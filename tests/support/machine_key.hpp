// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"
#include "ssh/key_pair.hpp"
#include "tests/support/temp.hpp"

#include <filesystem>
#include <string>

namespace dmachine::test {

/// Puts an SSH key into a machine's folder, as a create would: the same for all tests of a program,
/// for making one takes a while.
inline void write_machine_key(const std::filesystem::path& store, const std::string& machine) {
  static const std::string pem = [] {
    const TempFolder folder;
    ssh::ensure_key_pair(folder / "id_rsa");
    return read_file(folder / "id_rsa");
  }();
  const auto folder = store / "machines" / machine;
  ensure_folder(folder);
  write_file(folder / "id_rsa", pem, 0600);
}

}  // namespace dmachine::test

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/files.hpp"
#include "core/json.hpp"

#include <string>
#include <string_view>

namespace dmachine::test {

/// What Go 1.19.8 was seen to do, by topic: tests/data/go_core_cases.json.
inline const Json& go_core_cases() {
  static const Json cases =
      parse_json(read_file(DMACHINE_SOURCE_DIR "/tests/data/go_core_cases.json"));
  return cases;
}

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

}  // namespace dmachine::test

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "machine/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace dmachine;

/// Any bytes as config.json: read or refused. What was read is written, and reads as the same
/// again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const std::string written = to_go_json(machine::parse_machine("m", text).to_json());
    if (to_go_json(machine::parse_machine("m", written).to_json()) != written) {
      std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "engine/http.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace dmachine;

/// Any bytes as an engine's answer: a whole head, the beginning of one, or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const auto head = engine::parse_head(text);
    if (head && head->size > size) {
      std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}

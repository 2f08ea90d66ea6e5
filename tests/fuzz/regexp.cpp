// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/regexp.hpp"

#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// An expression, a NUL, a text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\0');
  try {
    const dmachine::cli::Regexp regexp(input.substr(0, end));
    regexp.matches(end == std::string_view::npos ? input : input.substr(end + 1));
  } catch (const dmachine::Error&) {
  }
  return 0;
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace dmachine;

namespace {

constexpr std::array options{
    Option{.flag = "force", .kind = Option::Kind::boolean, .alias = "f"},
    Option{.flag = "timeout", .kind = Option::Kind::integer, .default_value = "10", .alias = "t"},
    Option{.flag = "format", .kind = Option::Kind::text},
    Option{.flag = "filter", .kind = Option::Kind::list, .default_value = "a,b"},
};

}  // namespace

/// Any words, separated by NUL: parsed, or refused as a wrong command line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] == 0) {
      words.emplace_back();
    } else {
      words.back() += static_cast<char>(bytes[i]);
    }
  }
  for (const auto parse : {&cli::parse_leading_options, &cli::parse_command_words}) {
    try {
      parse(words, options);
    } catch (const cli::UsageError&) {
    }
  }
  return 0;
}

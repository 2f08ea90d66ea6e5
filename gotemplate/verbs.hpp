// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dmachine::gotemplate {

/// Flags, width and precision of one printf directive.
struct Flags {
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool plus_v = false;   // %+v: names of fields
  bool sharp_v = false;  // %#v: Go syntax
  std::optional<int> width;
  std::optional<int> precision;
};

/// The text filled up to the width, which counts code points.
std::string pad(const Flags& flags, std::string_view text);

/// One scalar by one verb; nothing when the verb is not for its kind.
std::optional<std::string> format_integer(const Flags& flags, char32_t verb, std::int64_t number,
                                          bool is_signed);
std::optional<std::string> format_float(const Flags& flags, char32_t verb, double number);
std::optional<std::string> format_string(const Flags& flags, char32_t verb, std::string_view text);
std::optional<std::string> format_boolean(const Flags& flags, char32_t verb, bool value);

}  // namespace dmachine::gotemplate

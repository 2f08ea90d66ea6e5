// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/machine_name.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace dmachine::runner {

namespace {

constexpr std::size_t shown = 9;

/// `GR` and seven hexadecimal digits: a registration token of a rotated kind.
bool has_registration_prefix(std::string_view token) {
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  return token.size() >= 9 && token.starts_with("GR") &&
         token.substr(2, 7).find_first_not_of(digits) == std::string_view::npos;
}

std::string_view without_prefix(std::string_view token) {
  // The longer ones first: `glrt-t1_` begins with `glrt-`.
  static constexpr std::array prefixes{"glrt-t1_", "glrt-t2_", "glrt-t3_", "glrtr-",
                                       "glcbt-",   "glrt-",    "t1_"};
  for (const std::string_view prefix : prefixes) {
    if (token.starts_with(prefix)) {
      return token.substr(prefix.size());
    }
  }
  return has_registration_prefix(token) ? token.substr(9) : token;
}

}  // namespace

std::string short_token(std::string_view token) {
  std::string text = to_lower(without_prefix(token).substr(0, shown));
  std::erase_if(
      text, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'); });
  text.erase(0, std::min(text.find_first_not_of('-'), text.size()));
  return text;
}

std::string example_name(std::string_view token, std::string_view name_template) {
  std::string name(name_template);
  if (const auto at = name.find("%s"); at != std::string::npos) {
    name.replace(at, 2, "1700000000-0123abcd");
  }
  const std::string shortened = short_token(token);
  return shortened.empty() ? name : fmt::format("runner-{}-{}", shortened, name);
}

bool is_good_template(std::string_view name_template) {
  return name_template.find("%s") != std::string_view::npos &&
         std::ranges::count(name_template, '%') == 1;
}

}  // namespace dmachine::runner

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/option_text.hpp"

#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

std::string_view placeholder(const Option& option) {
  switch (option.kind) {
    case Option::Kind::boolean:
      return "";
    case Option::Kind::integer:
      return "NUMBER";
    default:
      break;
  }
  const bool is_name = !option.values.empty() && option.values[0] >= 'A' &&
                       option.values[0] <= 'Z' && option.values.find('|') == std::string_view::npos;
  return is_name ? option.values : "VALUE";
}

std::string dashed(std::string_view flag) {
  return fmt::format("{}{}", flag.size() > 1 ? "--" : "-", flag);
}

std::string sentence(std::string_view text) {
  std::string capital(text);
  if (!capital.empty() && capital[0] >= 'a' && capital[0] <= 'z') {
    capital[0] = static_cast<char>(capital[0] - 'a' + 'A');
  }
  return capital;
}

std::vector<OptionGroup> group_options(std::span<const Option> options) {
  std::vector<OptionGroup> groups;
  for (const Option& option : options) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const OptionGroup& one) { return one.title == option.group; });
    if (group == groups.end()) {
      group = groups.insert(option.group.empty() ? groups.begin() : groups.end(),
                            OptionGroup{option.group, {}});
    }
    group->options.push_back(option);
  }
  return groups;
}

std::vector<Option> with_help(std::span<const Option> options) {
  std::vector<Option> all(options.begin(), options.end());
  all.push_back(help_option);
  return all;
}

}  // namespace dmachine::cli

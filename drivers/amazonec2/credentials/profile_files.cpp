// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/credentials/profile_files.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '#' || value[i] == ';') && (value[i - 1] == ' ' || value[i - 1] == '\t')) {
      return value.substr(0, i);
    }
  }
  return value;
}

/// `profile  "my name"` is `profile my name`.
std::string section_name(std::string_view inside) {
  inside = trim(inside);
  constexpr std::string_view word = "profile";
  const bool is_profile = inside.starts_with(word) && inside.size() > word.size() &&
                          (inside[word.size()] == ' ' || inside[word.size()] == '\t');
  auto name = is_profile ? trim(inside.substr(word.size())) : inside;
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
      name.back() == name.front()) {
    name = name.substr(1, name.size() - 2);
  }
  return (is_profile ? "profile " : "") + std::string(name);
}

}  // namespace

IniSections parse_ini(std::string_view text) {
  IniSections sections;
  ProfileKeys* section = nullptr;
  std::optional<std::size_t> key_indent;
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  for (const auto& line : split(text, '\n')) {
    const auto word = trim(line);
    if (word.empty() || word.front() == '#' || word.front() == ';') {
      continue;
    }
    const std::size_t indent = line.find_first_not_of(" \t");
    if (word.front() == '[') {
      const auto end = word.find(']');
      section = end == std::string_view::npos ? nullptr
                                              : &sections[section_name(word.substr(1, end - 1))];
      key_indent.reset();
      continue;
    }
    const auto equals = word.find('=');
    if (section == nullptr || equals == std::string_view::npos ||
        (key_indent && indent > *key_indent)) {
      continue;
    }
    key_indent = indent;
    // The blank before keeps a comment that follows the sign at once.
    const auto value = trim(without_comment(word.substr(equals + 1)));
    (*section)[to_lower(trim(word.substr(0, equals)))] = value;
  }
  return sections;
}

std::optional<ProfileKeys> find_profile(const IniSections& config, const IniSections& credentials,
                                        std::string_view name) {
  auto in_config = config.find("profile " + std::string(name));
  if (in_config == config.end() && name == "default") {
    in_config = config.find(name);
  }
  const auto in_credentials = credentials.find(name);
  if (in_config == config.end() && in_credentials == credentials.end()) {
    return std::nullopt;
  }
  ProfileKeys keys = in_credentials == credentials.end() ? ProfileKeys{} : in_credentials->second;
  if (in_config != config.end()) {
    keys.insert(in_config->second.begin(), in_config->second.end());
  }
  return keys;
}

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/tags.hpp"

#include "cloud/digest.hpp"

#include <algorithm>
#include <filesystem>

namespace dmachine::amazonec2 {

namespace {

bool has_key(const Tags& tags, std::string_view key) {
  return std::ranges::any_of(tags, [&](const auto& tag) { return tag.first == key; });
}

}  // namespace

std::string store_mark(const std::string& store_path) {
  std::error_code failure;
  auto path = std::filesystem::absolute(store_path, failure).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return cloud::to_hex(cloud::sha256(path)).substr(0, 16);
}

Tags resource_tags(const StoredState& state) {
  constexpr std::size_t most = 50;
  Tags tags = parse_tags(state.tags);
  if (!has_key(tags, "Name")) {
    tags.emplace(tags.begin(), "Name", state.base.machine_name);
  }
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!has_key(tags, key) && tags.size() < most) {
      tags.emplace_back(key, value);
    }
  };
  add(machine_tag, state.base.machine_name);
  add(store_tag, store_mark(state.base.store_path));
  return tags;
}

bool is_ours(const Tags& tags, const StoredState& state) {
  const auto has = [&](std::string_view key, const std::string& value) {
    return std::ranges::any_of(
        tags, [&](const auto& tag) { return tag.first == key && tag.second == value; });
  };
  return has(machine_tag, state.base.machine_name) &&
         has(store_tag, store_mark(state.base.store_path));
}

}  // namespace dmachine::amazonec2

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/tags.hpp"

#include <algorithm>

namespace dmachine::amazonec2 {

namespace {

constexpr std::size_t most_tags = 50;  // of a resource

bool has_key(const Tags& tags, std::string_view key) {
  return std::ranges::any_of(tags, [&](const auto& tag) { return tag.first == key; });
}

}  // namespace

Tags resource_tags(const StoredState& state) {
  Tags tags = parse_tags(state.tags);
  if (!has_key(tags, "Name")) {
    tags.emplace(tags.begin(), "Name", state.base.machine_name);
  }
  auto owner = owner_labels(state.base);
  std::erase_if(owner, [&](const auto& tag) { return has_key(tags, tag.first); });
  if (tags.size() + owner.size() <= most_tags) {
    tags.insert(tags.end(), owner.begin(), owner.end());
  }
  return tags;
}

Tags shared_tags(const StoredState& state) {
  auto tags = owner_labels(state.base);
  std::erase_if(tags, [](const auto& tag) { return tag.first == machine_label; });
  return tags;
}

bool is_ours(const Tags& tags, const StoredState& state) {
  const auto wanted = owner_labels(state.base);
  return !wanted.empty() && std::ranges::all_of(wanted, [&](const auto& label) {
    return std::ranges::find(tags, label) != tags.end();
  });
}

std::string tag_value(const Tags& tags, std::string_view key) {
  const auto found = std::ranges::find(tags, key, [](const auto& tag) { return tag.first; });
  return found == tags.end() ? std::string() : found->second;
}

Owner owner_of(const Tags& tags) {
  return {tag_value(tags, store_label), tag_value(tags, create_label)};
}

}  // namespace dmachine::amazonec2

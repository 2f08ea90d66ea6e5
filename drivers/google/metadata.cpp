// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/metadata.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "drivers/google/startup_script.hpp"

#include <fmt/format.h>

namespace dmachine::google {

namespace {

// Source: Compute Engine, "About VM metadata", limits.
constexpr std::size_t longest_value = 256U << 10U;
constexpr std::size_t most_bytes = 512U << 10U;

void check_size(const MetadataMap& map) {
  std::size_t sum = 0;
  for (const auto& [key, value] : map) {
    if (value.size() > longest_value) {
      throw Error(Errc::invalid,
                  fmt::format("the metadata value of {} has {} bytes, but {} is the limit",
                              go_quote(key), value.size(), longest_value));
    }
    sum += key.size() + value.size();
  }
  if (sum > most_bytes) {
    throw Error(Errc::invalid,
                fmt::format("the metadata has {} bytes, but {} is the limit", sum, most_bytes));
  }
}

}  // namespace

std::string ssh_key_line(std::string_view user, std::string_view public_key) {
  return fmt::format("{}:{} {}", user, trim(public_key), user);
}

std::string with_ssh_key(std::string_view value, std::string_view user,
                         std::string_view public_key) {
  const auto is_ours = [&](std::string_view line) {
    // Other programs put a mail address or JSON where we put the user's name.
    return line.starts_with(fmt::format("{}:", user)) && line.ends_with(fmt::format(" {}", user));
  };
  std::string lines;
  for (const auto& part : split(value, '\n')) {
    const auto line = trim(part);
    if (!line.empty() && !is_ours(line)) {
      lines += fmt::format("{}\n", line);
    }
  }
  return lines + ssh_key_line(user, public_key) + "\n";
}

MetadataMap instance_metadata(const StoredState& state, std::string_view public_key) {
  MetadataMap map = state.metadata.value_or(MetadataMap{});
  for (const auto& [key, path] : state.metadata_from_file.value_or(MetadataMap{})) {
    map[key] = read_file(path);
  }
  if (!state.userdata.empty()) {
    map["user-data"] = state.userdata;
  }
  std::erase_if(map, [](const auto& entry) { return entry.second.empty(); });
  add_startup_script(map, state);
  // Of GitLab's fork, for images that look for them.
  if (state.cos_readiness_gate) {
    map["gitlab-docker-network-readiness-gate"] = "true";
  }
  if (!state.cos_readiness_url.empty()) {
    map["gitlab-docker-network-readiness-url"] = state.cos_readiness_url;
  }
  auto& keys = map[std::string(ssh_keys)];
  keys = with_ssh_key(keys, state.base.ssh_user, public_key);
  check_size(map);
  return map;
}

Json to_items(const MetadataMap& map) {
  Json items = Json::array();
  for (const auto& [key, value] : map) {
    items.push_back(Json{{"key", key}, {"value", value}});
  }
  return Json{{"items", std::move(items)}};
}

Json with_item(Json items, std::string_view key, std::string_view value) {
  for (Json& item : items) {
    if (item.is_object() && item.value("key", "") == key) {
      item["value"] = value;
      return items;
    }
  }
  items.push_back(Json{{"key", key}, {"value", value}});
  return items;
}

}  // namespace dmachine::google

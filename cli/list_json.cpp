// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/list_json.hpp"

#include "core/json.hpp"

namespace dmachine::cli {

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

/// Without the v of the table.
Json version_or_null(const std::string& version) {
  return version.starts_with('v') ? Json(version.substr(1)) : Json();
}

Json to_json(const machine::ListItem& item) {
  return Json{
      {"name", item.name},
      {"active", item.active_host},
      {"active_swarm", item.active_swarm},
      {"driver", item.driver_name},
      {"state", text_or_null(std::string(to_string(item.state)))},
      {"url", text_or_null(item.url)},
      {"address", text_or_null(item.address)},
      {"swarm", text_or_null(item.swarm)},
      {"docker_version", version_or_null(item.docker_version)},
      {"error", text_or_null(item.error)},
      {"response_ms", item.response_time.count()},
  };
}

}  // namespace

std::string list_json(const std::vector<machine::ListItem>& items) {
  std::string text = "[";
  for (const auto& item : items) {
    text += (text.size() == 1 ? "\n" : ",\n") + to_go_json_compact(to_json(item));
  }
  return text + (items.empty() ? "]\n" : "\n]\n");
}

}  // namespace dmachine::cli

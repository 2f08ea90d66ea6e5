// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_log.hpp"

#include "core/json.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::cloud {

namespace {

/// Query keys whose values say what was asked for and can prove nothing.
constexpr std::array<std::string_view, 13> shown_query_keys{
    "Action",    "Version",    "alt",           "api-version", "fields",
    "filter",    "maxResults", "orderBy",       "requestId",   "returnPartialSuccess",
    "recursive", "scopes",     "sourceInstance"};

/// Body fields, by path, of which the same is true.
constexpr std::array<std::string_view, 9> shown_fields{"/kind",
                                                       "/name",
                                                       "/operationType",
                                                       "/status",
                                                       "/progress",
                                                       "/error/code",
                                                       "/error/status",
                                                       "/error/errors/0/code",
                                                       "/error/errors/0/reason"};

bool is_shown(std::string_view query_key) {
  return std::find(shown_query_keys.begin(), shown_query_keys.end(), query_key) !=
         shown_query_keys.end();
}

/// No control characters reach a terminal or start a line of their own.
std::string without_controls(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

}  // namespace

std::string loggable_url(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const auto query_at = std::min(url.find('?'), url.size());
  std::string shown(url.substr(0, query_at));
  if (const auto scheme = shown.find("://"); scheme != std::string::npos) {
    const auto host = scheme + 3;
    const auto path = std::min(shown.find('/', host), shown.size());
    if (const auto user = shown.rfind('@', path);
        user != std::string::npos && user >= host && user < path) {
      shown.erase(host, user + 1 - host);
    }
  }
  char separator = '?';
  for (const auto& pair : split(url.substr(query_at).substr(query_at < url.size() ? 1 : 0), '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const auto key = pair.substr(0, equals);
    if (equals == std::string::npos || is_shown(key)) {
      shown += separator + (equals == std::string::npos ? std::string("[redacted]") : pair);
    } else {
      shown += fmt::format("{}{}=[redacted]", separator, key);
    }
    separator = '&';
  }
  return without_controls(std::move(shown));
}

std::string loggable_fields(std::string_view body) {
  if (body.empty() || body.front() != '{') {
    return {};
  }
  const auto json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::string shown;
  for (const auto path : shown_fields) {
    const Json::json_pointer pointer{std::string(path)};
    if (!json.is_object() || !json.contains(pointer)) {
      continue;
    }
    const auto& value = json.at(pointer);
    if (value.is_string() || value.is_number()) {
      const auto name = replace_all(std::string(path.substr(1)), "/", ".");
      shown +=
          fmt::format(" {}={}", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return without_controls(std::move(shown));
}

}  // namespace dmachine::cloud

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_date.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::amazonec2 {

namespace {

std::string text_of(const Json& object, const char* key) {
  const Json* value = find_member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

}  // namespace

TimedKeys parse_json_keys(std::string_view body, const char* token_key, std::string_view what) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const auto fail = [&](std::string_view why) {
    return Error(Errc::denied, fmt::format("{}: {}", what, why));
  };
  if (!json.is_object()) {
    throw fail("the answer is no JSON object");
  }
  TimedKeys found{{text_of(json, "AccessKeyId"), Secret(text_of(json, "SecretAccessKey")),
                   Secret(text_of(json, token_key))}};
  if (found.keys.access_key_id.empty() || found.keys.secret_access_key.empty()) {
    throw fail("the answer holds no keys");
  }
  if (const auto expires = text_of(json, "Expiration"); !expires.empty()) {
    found.expires = parse_expiration(expires, what);
  }
  return found;
}

cloud::WallClock::time_point parse_expiration(const std::string& text, std::string_view what) {
  const auto expires = cloud::parse_rfc3339(text);
  if (!expires) {
    throw Error(Errc::denied, fmt::format("{}: {} is no time of expiry", what, go_quote(text)));
  }
  return *expires;
}

std::string session_name_or_time(const std::string& name, const cloud::Now& now) {
  using std::chrono::nanoseconds;
  return name.empty()
             ? std::to_string(
                   std::chrono::duration_cast<nanoseconds>(now().time_since_epoch()).count())
             : name;
}

}  // namespace dmachine::amazonec2

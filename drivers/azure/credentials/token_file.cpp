// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/azure/credentials/token_file.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/azure/tenant.hpp"

namespace dmachine::azure {

namespace {

std::optional<std::filesystem::path> file_of(const std::string& tenant) {
  const auto folder = login_folder();
  const bool is_plain = tenant.find('/') == std::string::npos && !tenant.starts_with('.');
  return folder && is_plain ? std::optional(*folder / (tenant + ".json")) : std::nullopt;
}

}  // namespace

std::optional<Grant> parse_token_file(std::string_view content) {
  const Json json = Json::parse(content, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  Grant grant;
  grant.token.value = Secret(text_of(json, "access_token"));
  grant.refresh_token = Secret(text_of(json, "refresh_token"));
  const auto until = number_in(json, "expires_on").value_or(0);
  grant.token.expires = cloud::WallClock::from_time_t(static_cast<std::time_t>(until));
  const bool is_empty = grant.token.value.empty() && grant.refresh_token.empty();
  return is_empty ? std::nullopt : std::optional(std::move(grant));
}

Secret to_token_file(const Grant& grant, const std::string& resource,
                     cloud::WallClock::time_point now) {
  const auto seconds = [](cloud::WallClock::time_point time) {
    return std::to_string(cloud::WallClock::to_time_t(time));
  };
  const auto left =
      std::chrono::duration_cast<std::chrono::seconds>(grant.token.expires - now).count();
  return Secret(to_go_json_compact(Json{
      {"access_token", grant.token.value.reveal()},
      {"refresh_token", grant.refresh_token.reveal()},
      {"expires_in", std::to_string(left)},
      {"expires_on", seconds(grant.token.expires)},
      {"not_before", seconds(now)},
      {"resource", resource},
      {"token_type", "Bearer"},
  }));
}

std::optional<Grant> load_token_file(const std::string& tenant) {
  const auto file = file_of(tenant);
  try {
    const auto content = file ? find_file(*file) : std::nullopt;
    return content ? parse_token_file(*content) : std::nullopt;
  } catch (const Error& error) {
    log::debug("reading the kept token: {}", error.what());
    return std::nullopt;
  }
}

void save_token_file(const std::string& tenant, const Secret& content) {
  try {
    if (const auto file = file_of(tenant)) {
      ensure_folder(file->parent_path());
      write_file(*file, content.reveal(), 0600);
    }
  } catch (const Error& error) {
    log::debug("keeping the token: {}", error.what());
  }
}

void remove_token_file(const std::string& tenant) {
  try {
    if (const auto file = file_of(tenant)) {
      remove_tree(*file);
    }
  } catch (const Error& error) {
    log::debug("removing the kept token: {}", error.what());
  }
}

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret.hpp"
#include "drivers/azure/credentials/token_client.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Tokens of people who logged in, as Docker Machine and rancher's fork keep them: TENANT.json in
/// the login folder.
namespace dmachine::azure {

/// Keys access_token, refresh_token, expires_on (seconds since 1970), …; the times as text (Docker
/// Machine) or as numbers (rancher's fork). Nothing for anything else. Pure.
std::optional<Grant> parse_token_file(std::string_view content);

/// The same in Docker Machine's form, which is the one that both can read. `resource`: whom the
/// token is for. Pure.
Secret to_token_file(const Grant& grant, const std::string& resource,
                     cloud::WallClock::time_point now);

/// The file's content; nothing when there is none or no HOME.
std::optional<Grant> load_token_file(const std::string& tenant);
/// Goes on without a word when it cannot be written: then somebody logs in again.
void save_token_file(const std::string& tenant, const Secret& content);
void remove_token_file(const std::string& tenant);

}  // namespace dmachine::azure

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/token.hpp"
#include "core/json.hpp"
#include "core/secret.hpp"
#include "drivers/google/credentials/token_client.hpp"

#include <functional>
#include <memory>
#include <string>

// One function per kind of credentials, each in a file of its own name. They read the credentials
// and throw Error{invalid} when something is missing or wrong; nothing is sent before the first
// fetch.
namespace dmachine::google {

using TokenSourcePtr = std::unique_ptr<cloud::TokenSource>;

constexpr std::string_view default_token_uri = "https://oauth2.googleapis.com/token";
constexpr std::string_view cloud_platform_scope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view default_universe = "googleapis.com";

/// A text that credentials of this type cannot do without. Throws Error{invalid} `missing "KEY"
/// field in credentials`.
std::string required(const Json& credentials, std::string_view key);
/// A text, or "" when it is absent. Throws Error{invalid} when it is something else.
std::string text(const Json& credentials, std::string_view key);
/// The member as it is, or null.
const Json& member(const Json& credentials, std::string_view key);
/// The universe_domain of the credentials, or the default. Throws Error{invalid} when it is no
/// domain name.
std::string universe_domain(const Json& credentials);

/// Any type that the `type` field names. `depth` counts credentials inside credentials.
TokenSourcePtr make_source(const Json& credentials, const std::string& scope,
                           const TokenClient& client, int depth = 0);

TokenSourcePtr make_service_account(const Json& credentials, const std::string& scope,
                                    const TokenClient& client);
TokenSourcePtr make_authorized_user(const Json& credentials, const TokenClient& client);
TokenSourcePtr make_external_account(const Json& credentials, const std::string& scope,
                                     const TokenClient& client);
TokenSourcePtr make_external_account_authorized_user(const Json& credentials,
                                                     const TokenClient& client);
TokenSourcePtr make_impersonated(const Json& credentials, const std::string& scope,
                                 const TokenClient& client, int depth);

/// A token of the service account that `url` names, minted with the token of `source`, which needs
/// the scope cloud-platform.
TokenSourcePtr make_impersonation(TokenSourcePtr source, std::string url, Json body,
                                  const TokenClient& client);

/// What proves an identity of another provider.
using SubjectToken = std::function<Secret(const Context&)>;

SubjectToken subject_from_file(const Json& source);
SubjectToken subject_from_url(const Json& source, const TokenClient& client);
SubjectToken subject_from_executable(const Json& credentials, const TokenClient& client);
SubjectToken subject_from_aws(const Json& source, const std::string& audience,
                              const TokenClient& client);

/// Reads the `format` of a file or URL source: the text itself, or one field of a JSON object.
std::function<Secret(const std::string&)> subject_format(const Json& source);

}  // namespace dmachine::google

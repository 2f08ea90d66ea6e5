// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/amazonec2/credentials.hpp"

#include <memory>
#include <string>
#include <string_view>

/// The sources of keys, in the order of amazonec2.md 2.2. Source of formats: "Standardized
/// credential providers" of the AWS SDKs and Tools Reference Guide.
namespace dmachine::amazonec2 {

/// What sources that ask somebody need. The transport must outlive them.
struct SourceTools {
  cloud::Transport& transport;
  std::string region;
  cloud::Now now;
  Backoff backoff;
};

/// AWS_ACCESS_KEY_ID or AWS_ACCESS_KEY with AWS_SECRET_ACCESS_KEY or AWS_SECRET_KEY, and
/// AWS_SESSION_TOKEN. Half a pair is an error.
std::unique_ptr<KeySource> environment_source();
/// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN.
std::unique_ptr<KeySource> web_identity_source(const SourceTools& tools);
/// ~/.aws/config and ~/.aws/credentials.
std::unique_ptr<KeySource> profile_source(const SourceTools& tools);
/// AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.
std::unique_ptr<KeySource> container_source(const SourceTools& tools);
/// The role of the EC2 instance that we run on, by its metadata service.
std::unique_ptr<KeySource> instance_role_source(const SourceTools& tools);

/// The answer of a program named by credential_process. Throws Error{denied}.
TimedKeys keys_of_process(const Context& ctx, const std::string& command);

/// A role and how to ask for it.
struct Role {
  std::string arn;
  std::string session_name;
  std::string external_id;
  std::string duration_seconds;  // empty: the service's default for us, 900
};
/// Calls AssumeRole, signed with `base`.
TimedKeys assume_role(const Context& ctx, const SourceTools& tools,
                      const cloud::AwsCredentials& base, const Role& role);
/// Calls AssumeRoleWithWebIdentity with the content of `token_file`, read now.
TimedKeys assume_role_with_web_identity(const Context& ctx, const SourceTools& tools,
                                        const std::string& token_file, const Role& role);

/// Keys from a JSON answer of a container or metadata service, or of a process: `AccessKeyId`,
/// `SecretAccessKey`, `token_key`, `Expiration`. Throws Error{denied} that begins with `what`.
TimedKeys parse_json_keys(std::string_view body, const char* token_key, std::string_view what);

/// A time as AWS writes it. Throws Error{denied} that begins with `what`.
cloud::WallClock::time_point parse_expiration(const std::string& text, std::string_view what);

/// A session name as the SDKs make them: the time in nanoseconds.
std::string session_name_or_time(const std::string& name, const cloud::Now& now);

}  // namespace dmachine::amazonec2

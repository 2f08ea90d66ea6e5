// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/home.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/credentials/profile_files.hpp"
#include "drivers/amazonec2/credentials/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::amazonec2 {

namespace {

std::string value_of(const ProfileKeys& keys, std::string_view key) {
  const auto found = keys.find(key);
  return found == keys.end() ? std::string() : found->second;
}

/// A file that is not there is an empty one.
IniSections load(const char* variable, const char* default_name) {
  const auto given = find_env(variable);
  const auto folder = home_folder();
  if (!given && folder.empty()) {
    return {};
  }
  try {
    const auto path = given ? std::filesystem::path(*given) : folder / ".aws" / default_name;
    const auto content = find_file(path);
    if (!content && given) {
      log::debug("{} names {}, which is not there", variable, *given);
    }
    return parse_ini(content.value_or(""));
  } catch (const Error& error) {
    throw Error(Errc::denied, error.what());
  }
}

/// Follows a profile to its keys.
class Resolver {
 public:
  Resolver(const Context& ctx, const SourceTools& tools)
      : ctx_(ctx),
        tools_(tools),
        config_(load("AWS_CONFIG_FILE", "config")),
        credentials_(load("AWS_SHARED_CREDENTIALS_FILE", "credentials")) {}

  std::optional<ProfileKeys> find(std::string_view name) const {
    return find_profile(config_, credentials_, name);
  }

  /// Nothing for a profile without any credentials.
  std::optional<TimedKeys> keys_of(const std::string& name, const ProfileKeys& profile) {
    if (std::ranges::find(path_, name) != path_.end()) {
      throw fail(name, "its source_profile leads back to it");
    }
    path_.push_back(name);
    check_sources(name, profile);
    const std::string role = value_of(profile, "role_arn");
    const std::string token_file = value_of(profile, "web_identity_token_file");
    if (!token_file.empty()) {
      if (role.empty()) {
        throw fail(name, "web_identity_token_file needs role_arn");
      }
      return assume_role_with_web_identity(ctx_, tools_, token_file, role_of(profile));
    }
    auto base = base_keys(name, profile);
    if (role.empty()) {
      return base;
    }
    if (!base) {
      throw fail(name, "role_arn needs source_profile or credential_source");
    }
    if (!value_of(profile, "mfa_serial").empty()) {
      throw fail(name, "mfa_serial asks for a code, and there is nobody to give it");
    }
    return assume_role(ctx_, tools_, base->keys, role_of(profile));
  }

 private:
  static Error fail(const std::string& name, std::string_view why) {
    return Error(Errc::denied, fmt::format("AWS profile {}: {}", go_quote(name), why));
  }

  static Role role_of(const ProfileKeys& profile) {
    Role role{value_of(profile, "role_arn"),
              value_of(profile, "role_session_name"),
              value_of(profile, "external_id"),
              {}};
    const auto seconds = parse_go_int(value_of(profile, "duration_seconds"));
    if (seconds && *seconds > 900) {
      role.duration_seconds = std::to_string(*seconds);
    }
    return role;
  }

  static void check_sources(const std::string& name, const ProfileKeys& profile) {
    static constexpr std::array<std::string_view, 4> sources{
        "source_profile", "credential_source", "credential_process", "web_identity_token_file"};
    std::vector<std::string> given;
    for (const auto source : sources) {
      if (!value_of(profile, source).empty()) {
        given.emplace_back(source);
      }
    }
    if (given.size() > 1) {
      throw fail(name, fmt::format("only one of {} can be specified", join(given, ", ")));
    }
  }

  static std::optional<TimedKeys> static_keys(const std::string& name, const ProfileKeys& profile) {
    const auto id = value_of(profile, "aws_access_key_id");
    const auto secret = value_of(profile, "aws_secret_access_key");
    if (id.empty() != secret.empty()) {
      throw fail(name, fmt::format("half a pair of keys: {} is missing",
                                   id.empty() ? "aws_access_key_id" : "aws_secret_access_key"));
    }
    if (id.empty()) {
      return std::nullopt;
    }
    return TimedKeys{{id, Secret(secret), Secret(value_of(profile, "aws_session_token"))}};
  }

  std::optional<TimedKeys> base_keys(const std::string& name, const ProfileKeys& profile) {
    const auto source = value_of(profile, "source_profile");
    if (!source.empty() && source != name) {
      const auto next = find(source);
      if (!next) {
        throw fail(name, fmt::format("its source_profile {} does not exist", go_quote(source)));
      }
      auto keys = keys_of(source, *next);
      if (!keys) {
        throw fail(source, "it has no keys");
      }
      return keys;
    }
    if (auto keys = static_keys(name, profile)) {
      return keys;
    }
    if (const auto command = value_of(profile, "credential_process"); !command.empty()) {
      return keys_of_process(ctx_, command);
    }
    if (const auto kind = value_of(profile, "credential_source"); !kind.empty()) {
      return keys_of_kind(name, kind);
    }
    if (!value_of(profile, "sso_session").empty() || !value_of(profile, "sso_start_url").empty()) {
      throw Error(Errc::denied,
                  fmt::format("AWS profile {}: IAM Identity Center (sso_…) is not supported",
                              go_quote(name)),
                  "credential_process = aws configure export-credentials --profile NAME works");
    }
    return std::nullopt;
  }

  std::optional<TimedKeys> keys_of_kind(const std::string& name, const std::string& kind) {
    std::unique_ptr<KeySource> source;
    if (kind == "Environment") {
      source = environment_source();
    } else if (kind == "Ec2InstanceMetadata") {
      source = instance_role_source(tools_);
    } else if (kind == "EcsContainer") {
      source = container_source(tools_);
    } else {
      throw fail(name, fmt::format("{} is no credential_source: Environment, Ec2InstanceMetadata "
                                   "or EcsContainer is wanted",
                                   go_quote(kind)));
    }
    auto keys = source->fetch(ctx_);
    if (!keys) {
      throw fail(name, fmt::format("its credential_source {} has no keys", kind));
    }
    return keys;
  }

  const Context& ctx_;
  const SourceTools& tools_;
  IniSections config_;
  IniSections credentials_;
  std::vector<std::string> path_;
};

class Profile final : public KeySource {
 public:
  explicit Profile(SourceTools tools) : tools_(std::move(tools)) {}

  std::optional<TimedKeys> fetch(const Context& ctx) override {
    auto asked = find_env("AWS_PROFILE");
    asked = asked ? asked : find_env("AWS_DEFAULT_PROFILE");
    const std::string name = asked.value_or("default");
    Resolver resolver(ctx, tools_);
    const auto profile = resolver.find(name);
    if (!profile) {
      if (asked) {
        throw Error(Errc::denied, fmt::format("AWS profile {} does not exist", go_quote(name)),
                    "AWS_PROFILE names it; profiles are read from ~/.aws/config and "
                    "~/.aws/credentials");
      }
      return std::nullopt;
    }
    return resolver.keys_of(name, *profile);
  }

 private:
  SourceTools tools_;
};

}  // namespace

std::unique_ptr<KeySource> profile_source(const SourceTools& tools) {
  return std::make_unique<Profile>(tools);
}

}  // namespace dmachine::amazonec2

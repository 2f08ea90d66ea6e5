// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dmachine::amazonec2 {

/// Values by key, keys in lower case.
using ProfileKeys = std::map<std::string, std::string, std::less<>>;
using IniSections = std::map<std::string, ProfileKeys, std::less<>>;

/// AWS's dialect of INI, which inih does not read: Debian builds it for lines of at most 200 bytes,
/// and a session token alone is longer. Sections that are there twice are one; lines indented
/// deeper than their key belong to it (`s3 =`) and are passed over; `#` and `;` begin a comment at
/// the start of a line or after white space. Lines that are none of this are passed over. Pure.
/// Source: "Format of the shared configuration files" of the AWS SDKs and Tools Reference Guide.
IniSections parse_ini(std::string_view text);

/// The profile, from the sections of both files: the credentials file wins key by key. In the
/// config file its section is `[profile NAME]`, or `[default]`. Nothing when neither has it.
std::optional<ProfileKeys> find_profile(const IniSections& config, const IniSections& credentials,
                                        std::string_view name);

}  // namespace dmachine::amazonec2

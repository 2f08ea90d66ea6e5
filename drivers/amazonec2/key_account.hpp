// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dmachine::amazonec2 {

/// The number (12 digits) of the AWS account that an access key belongs to, as the key's id has it;
/// nothing for the ids of old keys, which do not. Holds for keys that are deleted, too, which AWS
/// does not tell about. AWS promises nothing of it: good for telling accounts apart, not for trust.
/// Source: T. Be'ery, "A short note on AWS KEY ID" (2023).
std::optional<std::string> account_of_key(std::string_view key_id);

/// The account's number in an ARN; empty when it is none.
std::string account_of_arn(std::string_view arn);

}  // namespace dmachine::amazonec2

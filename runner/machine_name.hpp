// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine::runner {

/// What gitlab-runner (18.2 and newer) shows of a token: its kind's prefix dropped, the first nine
/// characters of the rest, lower-cased, what no host name may hold left out. Source: gitlab-runner,
/// helpers/shorten_token.go and executors/docker/machine/name.go.
std::string short_token(std::string_view token);

/// A name as the runner makes it from MachineName: `runner-SHORT-` + the template, `%s` replaced by
/// the time and eight hexadecimal digits.
std::string example_name(std::string_view token, std::string_view name_template);

/// Exactly one `%s`, and no other `%`: the runner hands MachineName to Go's Sprintf.
bool is_good_template(std::string_view name_template);

}  // namespace dmachine::runner

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine::cloud {

/// The URL as logs and errors may show it: no user or password, values of query keys only where an
/// allow-list names the key
/// (`https://host/path?filter=x&key=[redacted]`), no fragment. Pure.
std::string loggable_url(std::string_view url);

/// The fields of a JSON body that logs may show, by an allow-list, on one line: ` name=x
/// status=RUNNING error.code=403`; empty when there are none. Pure.
std::string loggable_fields(std::string_view body);

}  // namespace dmachine::cloud

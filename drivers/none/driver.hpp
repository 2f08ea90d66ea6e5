// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/driver.hpp"

/// A Docker engine that somebody else looks after: nothing but a URL.
namespace dmachine::none {

extern const DriverType type;

/// The host[:port] part of a URL, as Go's net/url gives it (no user, brackets kept); "" for
/// unix:///path. Throws Error{invalid}
/// (`parse "URL": …`) for what Go refuses.
std::string host_of_url(const std::string& url);

}  // namespace dmachine::none

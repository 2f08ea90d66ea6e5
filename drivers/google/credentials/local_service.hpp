// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/credentials/token_client.hpp"

#include <string>
#include <string_view>

namespace dmachine::google {

/// A request to a service that hands out identities, mostly on the machine itself: no proxy and
/// short limits then. Throws Error{invalid} for a bad URL.
cloud::HttpRequest request_to_service(std::string method, std::string url);

/// The body of the answer. Throws Error{denied} `unable to retrieve WHAT from URL: …` for any
/// status but 2xx.
std::string ask_service(const Context& ctx, const TokenClient& client, cloud::HttpRequest request,
                        std::string_view what);

}  // namespace dmachine::google

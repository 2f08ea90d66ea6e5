// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "core/text.hpp"
#include "drivers/google/credentials/sources.hpp"

#include <fmt/format.h>

namespace dmachine::google {

TokenSourcePtr make_source(const Json& credentials, const std::string& scope,
                           const TokenClient& client, int depth) {
  if (!credentials.is_object()) {
    throw Error(Errc::invalid, "credentials are no JSON object");
  }
  if (depth > 4) {
    throw Error(Errc::invalid, "credentials hold credentials too often");
  }
  const auto type = text(credentials, "type");
  if (type.empty()) {
    throw Error(Errc::invalid, "missing 'type' field in credentials");
  }
  if (type == "service_account" || type == "gdch_service_account") {
    return make_service_account(credentials, scope, client);
  }
  if (type == "authorized_user") {
    return make_authorized_user(credentials, client);
  }
  if (type == "external_account") {
    return make_external_account(credentials, scope, client);
  }
  if (type == "external_account_authorized_user") {
    return make_external_account_authorized_user(credentials, client);
  }
  if (type == "impersonated_service_account") {
    return make_impersonated(credentials, scope, client, depth);
  }
  throw Error(Errc::invalid, fmt::format("unknown credential type: {}", go_quote(type)));
}

}  // namespace dmachine::google

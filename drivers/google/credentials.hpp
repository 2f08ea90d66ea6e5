// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "cloud/token.hpp"
#include "core/context.hpp"
#include "core/poll.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace dmachine::google {

struct CredentialOptions {
  /// --google-auth-encoded-json: credentials in base64 or as they are; replaces the search when not
  /// empty.
  Secret encoded_json;
  std::string scope = "https://www.googleapis.com/auth/compute";
  cloud::Now now = cloud::WallClock::now;
  /// Pauses between tries at what issues tokens, and at the metadata server.
  Backoff backoff{Duration(250), std::chrono::seconds(10)};
  Backoff metadata_backoff{Duration(100), std::chrono::seconds(30)};
  /// Where the firmware says what kind of machine this is.
  std::filesystem::path product_name = "/sys/class/dmi/id/product_name";
};

/// Who we are, as found by find_credentials.
struct Credentials {
  /// One token per process, refreshed before its end. Thread-safe.
  std::unique_ptr<cloud::CachedToken> token;
  /// For the header x-goog-user-project; empty: do not send it.
  std::string quota_project;
  /// Part of the hosts' names: https://compute.UNIVERSE/compute/v1/.
  std::string universe_domain = "googleapis.com";
};

/// Application Default Credentials: --google-auth-encoded-json, GOOGLE_APPLICATION_CREDENTIALS,
/// gcloud's well-known file (below CLOUDSDK_CONFIG when that is set), the metadata server. Sends
/// nothing except to ask whether there is a metadata server; the token is fetched on first use.
/// `transport` must outlive the result. Throws Error{denied} in the words of Google's Go library
/// when nothing is found, Error{invalid} when what is found is wrong.
/// Source: https://google.aip.dev/auth/4110 and following.
Credentials find_credentials(const Context& ctx, cloud::Transport& transport,
                             const CredentialOptions& options);

}  // namespace dmachine::google

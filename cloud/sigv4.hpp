// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <string>

namespace dmachine::cloud {

struct AwsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;  // empty for keys that last
};

/// What a signature is good for.
struct SigV4Scope {
  std::string region;   // "eu-west-1"
  std::string service;  // "ec2"
};

/// The headers that sign `request` by AWS Signature Version 4, to be added to it: host, x-amz-date,
/// x-amz-security-token with temporary keys, Authorization. All headers that the request has are
/// signed with them. `when` is UTC; AWS accepts ±5 min. The path is encoded once more, as all
/// services but S3 want it. Throws Error{invalid} for a bad URL. Source: IAM User Guide, "Create a
/// signed AWS API request".
Headers sigv4_headers(const HttpRequest& request, const AwsCredentials& credentials,
                      const SigV4Scope& scope, std::chrono::sys_seconds when);

/// The text whose hash is signed; for tests and for finding out why a signature is refused.
/// `request` has all its headers.
std::string sigv4_canonical_request(const HttpRequest& request);

}  // namespace dmachine::cloud

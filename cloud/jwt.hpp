// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "core/secret.hpp"

#include <string>
#include <string_view>

namespace dmachine::cloud {

/// RSASSA-PKCS1-v1_5 with SHA-256 over `text`, as bytes. `pem_key` is a PEM block of PKCS#8 or
/// PKCS#1 without a passphrase. Throws Error{invalid}, without a byte of the key in its message,
/// when it is not that.
std::string rs256_sign(std::string_view text, const Secret& pem_key);

/// Throws as rs256_sign does when the key cannot be used.
void require_rsa_key(const Secret& pem_key);

/// A signed JSON Web Token in its compact form. `header` has to say `"alg": "RS256"` or
/// `"PS256"`. Source: RFC 7515, RFC 7518, RFC 7519.
Secret make_jwt(const Json& header, const Json& claims, const Secret& pem_key);

}  // namespace dmachine::cloud

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"
#include "core/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::certs {

/// All certificates of a file in their order; text and blocks of other types between them are
/// skipped. Empty when there is none. Throws Error{invalid} `x509: malformed certificate`.
std::vector<CertPtr> parse_certificates(std::string_view pem);

/// A certificate with what follows it in its file, and its key.
struct Pair {
  std::vector<CertPtr> chain;  // never empty; the first belongs to the key
  KeyPtr key;
};

/// Reads both as Go's tls.X509KeyPair does: any block whose type ends in `PRIVATE KEY`, as PKCS#1,
/// PKCS#8 or SEC 1, unencrypted. Throws Error{invalid} with its texts (`tls: private key does not
/// match public key`, …; certs-ssh.md A.6).
Pair parse_pair(std::string_view certificate_pem, std::string_view key_pem);

/// One PEM block `CERTIFICATE`.
std::string to_pem(X509* certificate);
/// An RSA key as `RSA PRIVATE KEY` (PKCS#1), the form that other readers of the store know.
Secret to_pem(EVP_PKEY* key);

}  // namespace dmachine::certs

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret.hpp"

#include <string>

namespace dmachine::cloud {

/// What a program proves itself with: a certificate that the other side knows, and its key.
struct ClientCertificate {
  Secret key;       // PEM, PKCS#8
  std::string der;  // the certificate
};

/// Reads PEM text with a private key and certificates in any order, of which the one that belongs
/// to the key counts, or a PKCS#12 file (.pfx, .p12). `password` opens either; empty when there is
/// none. Throws Error{invalid} without a byte of the content in its message.
ClientCertificate parse_client_certificate(const Secret& content, const Secret& password);

}  // namespace dmachine::cloud

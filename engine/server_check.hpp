// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"

#include <string>
#include <vector>

namespace dmachine::engine {

/// What was wrong with a server's certificate.
struct Refusal {
  int error = X509_V_OK;  // X509_V_ERR_…, from which OpenSSL picks the alert that it sends
  std::string text;       // in Go's words, `x509: …`
};

/// Checks a server's certificate in Go's order: dates, then `host` against the subject alternative
/// names (an IP literal against addresses only; the common name is never looked at), then the chain
/// to one of `authorities`, and the purpose. `error` is X509_V_OK when all is right.
Refusal check_server(X509* certificate, STACK_OF(X509) * others,
                     const std::vector<certs::CertPtr>& authorities, const std::string& host);

}  // namespace dmachine::engine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"

#include <string>

namespace dmachine::engine {

bool is_ip_literal(const std::string& host);

/// Do the subject alternative names hold `host`: an IP literal as iPAddress, anything else as
/// dNSName (a whole first label may be `*`).
bool is_for_host(X509* certificate, const std::string& host);

/// Go's sentence for a certificate that is not for `host`: `x509: certificate is valid for A, B,
/// not HOST`, or that it has no names of that kind.
std::string host_complaint(X509* certificate, const std::string& host);

}  // namespace dmachine::engine

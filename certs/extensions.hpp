// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/certificate.hpp"

namespace dmachine::certs {

/// The extensions of the subject's profile in the reference's order: keyUsage, extKeyUsage,
/// basicConstraints, subjectKeyIdentifier, authorityKeyIdentifier, subjectAltName. The public key
/// must be set. Throws Error{invalid} for a host name with characters outside ASCII.
void add_extensions(X509* certificate, const Subject& subject, const Issuer* issuer);

}  // namespace dmachine::certs

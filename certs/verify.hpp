// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"

#include <vector>

namespace dmachine::certs {

/// What the leaf of a chain wants to be.
enum class Role { client, server };

/// The outcome of a verification.
struct Verdict {
  int error = X509_V_OK;  // X509_V_ERR_…
  CertPtr culprit;        // the certificate that is at fault, where one is
};

/// Builds a chain from `leaf` over `others` to one of `authorities` and checks signatures, dates,
/// purpose and strength. As for Go, each certificate in a CA file is trusted by itself, be it a
/// root or not, and several of one name are all tried. Key identifiers are not demanded:
/// authorities made before 2020 have none. Names are not looked at.
Verdict verify_chain(X509* leaf, STACK_OF(X509) * others, const std::vector<CertPtr>& authorities,
                     Role role);

/// May the certificate sign others, as Go judges: version 1, or a CA by its basicConstraints and,
/// if given, its keyUsage.
bool can_sign(X509* certificate);

}  // namespace dmachine::certs

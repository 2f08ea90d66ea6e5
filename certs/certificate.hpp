// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/openssl.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace dmachine::certs {

/// RSA, 2048 bits, exponent 65537.
KeyPtr generate_key();

enum class Profile { authority, client, server, swarm_master };

/// What to certify.
struct Subject {
  Profile profile;
  std::string organization;
  EVP_PKEY* key;                   // whose public half is certified
  std::vector<std::string> hosts;  // for servers
};

/// Who signs.
struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};

/// A certificate with the fields of certs-ssh.md A.2, valid for 1080 days from five minutes before
/// `now` (clocks differ). A null `issuer` means that the subject signs itself.
CertPtr make_certificate(const Subject& subject, const Issuer* issuer,
                         std::chrono::sys_seconds now);

}  // namespace dmachine::certs

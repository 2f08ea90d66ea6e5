// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/pem.hpp"
#include "engine/client.hpp"

#include <vector>

namespace dmachine::engine {

/// What TlsFiles hold.
struct Credentials {
  std::vector<certs::CertPtr> authorities;
  certs::Pair client;
  std::string server_name{};
};

/// Reads CA, client certificate and client key in this order. Throws Error: `open PATH: no such
/// file or directory` for the first missing one, `There was an error reading certificate` for a CA
/// file without certificates, `tls: private key does not match public key`, ….
Credentials load_credentials(const TlsFiles& files);

}  // namespace dmachine::engine

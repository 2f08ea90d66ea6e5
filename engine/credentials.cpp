// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/credentials.hpp"

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/secret.hpp"

#include <fmt/format.h>

namespace dmachine::engine {

namespace {

std::vector<certs::CertPtr> parse_authorities(const std::string& pem,
                                              const std::filesystem::path& path) {
  std::vector<certs::CertPtr> authorities;
  try {
    authorities = certs::parse_certificates(pem);
  } catch (const Error&) {
    authorities.clear();
  }
  if (authorities.empty()) {
    throw Error(Errc::invalid, "There was an error reading certificate",
                fmt::format("there is no certificate in {}", path.string()));
  }
  return authorities;
}

}  // namespace

Credentials load_credentials(const TlsFiles& files) {
  const std::string ca = read_file(files.ca_cert);
  const std::string certificate = read_file(files.client_cert);
  const Secret key(read_file(files.client_key));
  return {parse_authorities(ca, files.ca_cert), certs::parse_pair(certificate, key.reveal()),
          files.server_name};
}

}  // namespace dmachine::engine

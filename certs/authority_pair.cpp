// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/authority_pair.hpp"

#include "certs/verify.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

#include <fmt/format.h>

namespace dmachine::certs {

namespace {

namespace fs = std::filesystem;

Pair load_pair(const fs::path& certificate, const fs::path& key) {
  const std::string certificate_pem = read_file(certificate);
  const Secret key_pem(read_file(key));
  try {
    return parse_pair(certificate_pem, key_pem.reveal());
  } catch (const Error& error) {
    throw Error(
        error.code(), error.what(),
        fmt::format("the certificate is {}, the key {}", certificate.string(), key.string()));
  }
}

void free_stack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);  // not the certificates in it
}
using CertStackPtr = std::unique_ptr<STACK_OF(X509), Release<free_stack>>;

}  // namespace

Pair load_authority(const AuthorityFiles& files) {
  return load_pair(files.ca_cert, files.ca_key);
}

Pair load_client(const AuthorityFiles& files) {
  return load_pair(files.client_cert, files.client_key);
}

void refuse_unless_can_sign(X509* authority, const fs::path& path) {
  if (!can_sign(authority)) {
    throw Error(Errc::invalid,
                fmt::format("{}: x509: certificate is not authorized to sign other certificates",
                            path.string()),
                "a CA certificate has CA:TRUE in basicConstraints, and keyCertSign in keyUsage if "
                "it has that");
  }
}

std::optional<std::string> find_misfit(const Pair& client,
                                       const std::vector<CertPtr>& authorities) {
  const CertStackPtr others(check(sk_X509_new_null(), "verifying certificate"));
  for (std::size_t i = 1; i < client.chain.size(); ++i) {
    if (sk_X509_push(others.get(), client.chain[i].get()) <= 0) {
      throw_openssl("verifying certificate");
    }
  }
  const Verdict verdict =
      verify_chain(client.chain.front().get(), others.get(), authorities, Role::client);
  if (verdict.error == X509_V_OK) {
    return std::nullopt;
  }
  return X509_verify_cert_error_string(verdict.error);
}

}  // namespace dmachine::certs

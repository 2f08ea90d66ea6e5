// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/verify.hpp"

#include <openssl/err.h>

namespace dmachine::certs {

namespace {

// 112 bits of security: what Debian and Ubuntu ask of every TLS connection.
constexpr int security_level = 2;

Verdict verify_under(X509* leaf, STACK_OF(X509) * others, const std::vector<X509*>& authorities,
                     Role role) {
  const StorePtr store(check(X509_STORE_new(), "verifying certificate"));
  for (X509* authority : authorities) {
    check(X509_STORE_add_cert(store.get(), authority), "verifying certificate");
  }
  const StoreContextPtr context(check(X509_STORE_CTX_new(), "verifying certificate"));
  check(X509_STORE_CTX_init(context.get(), store.get(), leaf, others), "verifying certificate");
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  check(X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN), "verifying certificate");
  X509_VERIFY_PARAM_set_auth_level(rules, security_level);
  check(X509_STORE_CTX_set_purpose(context.get(), role == Role::client ? X509_PURPOSE_SSL_CLIENT
                                                                       : X509_PURPOSE_SSL_SERVER),
        "verifying certificate");

  Verdict verdict;
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    verdict.error = error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
    if (X509* culprit = X509_STORE_CTX_get_current_cert(context.get());
        culprit != nullptr && X509_up_ref(culprit) == 1) {
      verdict.culprit.reset(culprit);
    }
  }
  ERR_clear_error();
  return verdict;
}

}  // namespace

Verdict verify_chain(X509* leaf, STACK_OF(X509) * others, const std::vector<CertPtr>& authorities,
                     Role role) {
  std::vector<X509*> all;
  for (const CertPtr& authority : authorities) {
    all.push_back(authority.get());
  }
  Verdict verdict = verify_under(leaf, others, all, role);
  if (verdict.error == X509_V_OK || all.size() < 2) {
    return verdict;
  }
  // OpenSSL settles on one candidate by name; after a renewal the file holds two of the same name.
  for (X509* authority : all) {
    if (verify_under(leaf, others, {authority}, role).error == X509_V_OK) {
      return {};
    }
  }
  return verdict;
}

bool can_sign(X509* certificate) {
  const bool usage_allows =
      (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;  // all bits where there is none
  const int kind = X509_check_ca(certificate);
  return usage_allows && (kind == 1 || kind == 3);  // by basicConstraints; self-signed version 1
}

}  // namespace dmachine::certs

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/server_check.hpp"

#include "certs/dates.hpp"
#include "certs/verify.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "engine/server_names.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

namespace dmachine::engine {

namespace {

Refusal check_dates(const X509* certificate) {
  const auto now = certs::current_time();
  const bool early = now < certs::begin_of(certificate);
  if (!early && now <= certs::end_of(certificate)) {
    return {};
  }
  const auto bound = early ? certs::begin_of(certificate) : certs::end_of(certificate);
  return {early ? X509_V_ERR_CERT_NOT_YET_VALID : X509_V_ERR_CERT_HAS_EXPIRED,
          fmt::format("x509: certificate has expired or is not yet valid: current time {} is {} {}",
                      to_rfc3339(now), early ? "before" : "after", to_rfc3339(bound))};
}

std::string text_entry(const X509_NAME* name, int nid) {
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0) {
    return {};
  }
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, value);
  const std::string text =
      length > 0 ? std::string(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(length))
                 : "";
  OPENSSL_free(utf8);
  return text;
}

std::string display_name(X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  if (const std::string common_name = text_entry(name, NID_commonName); !common_name.empty()) {
    return common_name;
  }
  if (const std::string organization = text_entry(name, NID_organizationName);
      !organization.empty()) {
    return organization;
  }
  const certs::NumberPtr serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* digits = serial ? BN_bn2dec(serial.get()) : nullptr;
  const std::string text = fmt::format("serial:{}", digits == nullptr ? "" : digits);
  OPENSSL_free(digits);
  return text;
}

std::string signature_complaint(X509* authority) {
  const EVP_PKEY* key = X509_get0_pubkey(authority);
  switch (key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
      return "x509: ECDSA verification failure";
    case EVP_PKEY_ED25519:
      return "x509: Ed25519 verification failure";
    default:
      return "crypto/rsa: verification error";
  }
}

/// Go names an authority that has the right name and the wrong key: the mark of a CA made anew.
std::string unknown_authority(const X509* certificate,
                              const std::vector<certs::CertPtr>& authorities) {
  std::string text = "x509: certificate signed by unknown authority";
  for (const auto& authority : authorities) {
    if (X509_NAME_cmp(X509_get_subject_name(authority.get()), X509_get_issuer_name(certificate)) ==
        0) {
      const std::string complaint =
          certs::can_sign(authority.get())
              ? signature_complaint(authority.get())
              : "x509: invalid signature: parent certificate cannot sign this kind of certificate";
      return text + fmt::format(
                        " (possibly because of {} while trying to verify candidate authority "
                        "certificate {})",
                        go_quote(complaint), go_quote(display_name(authority.get())));
    }
  }
  return text;
}

std::string chain_complaint(const certs::Verdict& verdict, X509* certificate,
                            const std::vector<certs::CertPtr>& authorities) {
  switch (verdict.error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return unknown_authority(certificate, authorities);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return verdict.culprit ? check_dates(verdict.culprit.get()).text
                             : "x509: certificate has expired or is not yet valid";
    case X509_V_ERR_INVALID_PURPOSE:
      return "x509: certificate specifies an incompatible key usage";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return "x509: too many intermediates for path length constraint";
    default:
      return fmt::format("x509: {}", X509_verify_cert_error_string(verdict.error));
  }
}

}  // namespace

Refusal check_server(X509* certificate, STACK_OF(X509) * others,
                     const std::vector<certs::CertPtr>& authorities, const std::string& host) {
  if (Refusal refusal = check_dates(certificate); refusal.error != X509_V_OK) {
    return refusal;
  }
  if (!is_for_host(certificate, host)) {
    return {X509_V_ERR_HOSTNAME_MISMATCH, host_complaint(certificate, host)};
  }
  const certs::Verdict verdict =
      certs::verify_chain(certificate, others, authorities, certs::Role::server);
  if (verdict.error != X509_V_OK) {
    return {verdict.error, chain_complaint(verdict, certificate, authorities)};
  }
  return {};
}

}  // namespace dmachine::engine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/certificate.hpp"

#include "certs/extensions.hpp"
#include "certs/organization.hpp"

namespace dmachine::certs {

namespace {

constexpr int x509_version_3 = 2;
constexpr int serial_bits = 128;
constexpr std::chrono::minutes clock_skew{5};
constexpr std::chrono::hours lifetime{1080 * 24};

void set_random_serial(X509* certificate) {
  const NumberPtr number(check(BN_new(), "making serial number"));
  check(BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY),
        "making serial number");
  check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)),
        "making serial number");
}

void set_validity(X509* certificate, std::chrono::sys_seconds now) {
  const auto begin = std::chrono::floor<std::chrono::minutes>(now) - clock_skew;
  const auto seconds = [](auto time) {
    return static_cast<std::time_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
  };
  check(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(begin)), "setting dates");
  check(ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(begin + lifetime)), "setting dates");
}

/// The digest that goes with a signing key; the user's own CA may have any.
const EVP_MD* digest_for(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return nullptr;  // part of the algorithm
    case EVP_PKEY_EC: {
      const int bits = EVP_PKEY_get_bits(key);
      return bits <= 256 ? EVP_sha256() : bits <= 384 ? EVP_sha384() : EVP_sha512();
    }
    default:
      return EVP_sha256();
  }
}

}  // namespace

KeyPtr generate_key() {
  return KeyPtr(
      check(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), "generating key"));
}

CertPtr make_certificate(const Subject& subject, const Issuer* issuer,
                         std::chrono::sys_seconds now) {
  CertPtr made(check(X509_new(), "making certificate"));
  X509* certificate = made.get();
  check(X509_set_version(certificate, x509_version_3), "making certificate");
  set_random_serial(certificate);
  set_validity(certificate, now);
  set_organization(X509_get_subject_name(certificate), subject.organization);
  check(X509_set_issuer_name(
            certificate,
            X509_get_subject_name(issuer == nullptr ? certificate : issuer->certificate)),
        "setting issuer");
  check(X509_set_pubkey(certificate, subject.key), "setting public key");
  add_extensions(certificate, subject, issuer);

  EVP_PKEY* signer = issuer == nullptr ? subject.key : issuer->key;
  if (X509_sign(certificate, signer, digest_for(signer)) <= 0) {
    throw_openssl("signing certificate");
  }
  return made;
}

}  // namespace dmachine::certs

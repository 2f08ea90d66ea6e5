// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/pem.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

std::string encrypted(EVP_PKEY* key, bool traditional) {
  const certs::BioPtr memory(BIO_new(BIO_s_mem()));
  unsigned char word[] = "secret";
  if (traditional) {
    PEM_write_bio_PrivateKey_traditional(memory.get(), key, EVP_aes_128_cbc(), word, 6, nullptr,
                                         nullptr);
  } else {
    PEM_write_bio_PKCS8PrivateKey(memory.get(), key, EVP_aes_128_cbc(), "secret", 6, nullptr,
                                  nullptr);
  }
  return certs::content(memory.get());
}

}  // namespace

TEST_CASE("an RSA key is written as PKCS#1 in lines of 64 columns") {
  const Made ca = make_ca("alice");
  const std::string pem = ca.key_pem();
  CHECK_THAT(pem, StartsWith("-----BEGIN RSA PRIVATE KEY-----\n"));
  CHECK_THAT(pem, EndsWith("\n-----END RSA PRIVATE KEY-----\n"));
  CHECK(pem.find('\n', pem.find('\n') + 1) - pem.find('\n') - 1 == 64);
  CHECK_THAT(ca.pem(), StartsWith("-----BEGIN CERTIFICATE-----\n"));
  CHECK_THAT(ca.pem(), EndsWith("\n-----END CERTIFICATE-----\n"));
}

TEST_CASE("keys are read as PKCS#1, PKCS#8 and SEC 1") {
  const Made rsa = make_ca("alice");
  CHECK(certs::parse_pair(rsa.pem(), rsa.key_pem()).key);
  CHECK_THAT(to_pkcs8(rsa.key.get()), StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  CHECK(certs::parse_pair(rsa.pem(), to_pkcs8(rsa.key.get())).key);

  const Made ec = make_ca("alice", make_ec_key());
  CHECK_THAT(ec.key_pem(), StartsWith("-----BEGIN EC PRIVATE KEY-----\n"));
  CHECK(certs::parse_pair(ec.pem(), ec.key_pem()).key);
  CHECK(certs::parse_pair(ec.pem(), to_pkcs8(ec.key.get())).key);
  // As `openssl ecparam -genkey` writes them.
  CHECK(certs::parse_pair(
            ec.pem(),
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
                ec.key_pem())
            .key);
}

TEST_CASE(
    "text before a certificate is skipped, and the first certificate is the one that counts") {
  const Made first = make_ca("first");
  const Made second = make_ca("second");
  const std::string file =
      "Certificate:\n    Data: something\n" + first.pem() + "and\n" + second.pem();
  const auto pair = certs::parse_pair(file, first.key_pem());
  CHECK(pair.chain.size() == 2);
  CHECK(error_of([&] { certs::parse_pair(file, second.key_pem()); }) ==
        "tls: private key does not match public key");
}

TEST_CASE("unusable pairs are refused in the reference's words") {
  const Made ca = make_ca("alice");
  const Made other = make_ca("alice");
  const Made ec = make_ca("alice", make_ec_key());
  const auto why = [](const std::string& certificate, const std::string& key) {
    return error_of([&] { certs::parse_pair(certificate, key); });
  };
  CHECK(why("", ca.key_pem()) == "tls: failed to find any PEM data in certificate input");
  CHECK(why(ca.pem(), "junk") == "tls: failed to find any PEM data in key input");
  CHECK(why(ca.key_pem(), ca.pem()) ==
        "tls: failed to find certificate PEM data in certificate input, but did find a private "
        "key; PEM inputs may have been "
        "switched");
  CHECK(why(ca.pem(), ca.pem()) ==
        "tls: found a certificate rather than a key in the PEM for the private key");
  CHECK(why(ca.pem(), other.key_pem()) == "tls: private key does not match public key");
  CHECK(why(ca.pem(), ec.key_pem()) == "tls: private key type does not match public key type");
  CHECK(why(ca.pem(), encrypted(ca.key.get(), true)) == "tls: failed to parse private key");
  CHECK(why(ca.pem(), encrypted(ca.key.get(), false)) == "tls: failed to parse private key");
  CHECK(why(ca.pem(), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n") ==
        "tls: failed to parse private key");
  CHECK(why("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", ca.key_pem()) ==
        "x509: malformed certificate");
}

TEST_CASE("a broken block is passed over") {
  const Made ca = make_ca("alice");
  const std::string broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
  CHECK(certs::parse_certificates(broken + ca.pem()).size() == 1);
  CHECK(certs::parse_certificates("-----BEGIN CERTIFICATE-----\nMIIB\n").empty());
  CHECK(certs::parse_certificates("").empty());
}

TEST_CASE("the end of a certificate file can be asked for") {
  const TempFolder folder;
  const Made ca = make_ca("alice");
  write_file(folder / "ca.pem", ca.pem(), 0644);
  const auto ending = certs::find_ending(folder / "ca.pem");
  REQUIRE(ending.has_value());
  CHECK(ending->end == certs::end_of(ca.certificate.get()));
  CHECK(ending->own);
  write_file(folder / "empty.pem", "", 0644);
  CHECK_FALSE(certs::find_ending(folder / "empty.pem"));
  CHECK_FALSE(certs::find_ending(folder / "none.pem"));
}

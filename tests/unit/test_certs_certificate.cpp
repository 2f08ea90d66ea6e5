// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/certificate.hpp"
#include "certs/organization.hpp"
#include "certs/verify.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

#include <openssl/asn1.h>
#include <openssl/rand.h>

using namespace dmachine;
using namespace dmachine::test;
using certs::Profile;

namespace {

struct Extension {
  int nid;
  bool critical;
  std::string hex;
};

std::string to_hex(const unsigned char* bytes, int length) {
  std::string hex;
  for (int i = 0; i < length; ++i) {
    hex += fmt::format("{:02x}", bytes[i]);
  }
  return hex;
}

std::vector<Extension> extensions_of(const X509* certificate) {
  std::vector<Extension> all;
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
    all.push_back({OBJ_obj2nid(X509_EXTENSION_get_object(extension)),
                   X509_EXTENSION_get_critical(extension) == 1,
                   to_hex(ASN1_STRING_get0_data(value), ASN1_STRING_length(value))});
  }
  return all;
}

int organization_type(X509* certificate) {
  return ASN1_STRING_type(
      X509_NAME_ENTRY_get_data(X509_NAME_get_entry(X509_get_subject_name(certificate), 0)));
}

std::string organization_of(const X509* certificate) {
  return certs::find_sole_organization(X509_get_subject_name(certificate)).value_or("(none)");
}

// What `openssl asn1parse` showed of the reference's certificates (certs-ssh.md A.2).
constexpr auto client_auth = "300a06082b06010505070302";
constexpr auto server_auth = "300a06082b06010505070301";
constexpr auto both_auth = "301406082b0601050507030106082b06010505070302";

}  // namespace

TEST_CASE("a CA has the reference's fields byte by byte") {
  const Made ca = make_ca("alice");
  X509* certificate = ca.certificate.get();
  CHECK(X509_get_version(certificate) == 2);
  CHECK(organization_of(certificate) == "alice");
  CHECK(organization_type(certificate) == V_ASN1_PRINTABLESTRING);
  CHECK(X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(certificate)) == 0);
  CHECK(X509_get_signature_nid(certificate) == NID_sha256WithRSAEncryption);
  CHECK(EVP_PKEY_get_bits(ca.key.get()) == 2048);

  const auto extensions = extensions_of(certificate);
  REQUIRE(extensions.size() == 3);
  CHECK(extensions[0].nid == NID_key_usage);
  CHECK(extensions[0].critical);
  CHECK(extensions[0].hex == "030202ac");
  CHECK(extensions[1].nid == NID_basic_constraints);
  CHECK(extensions[1].critical);
  CHECK(extensions[1].hex == "30030101ff");
  CHECK(extensions[2].nid == NID_subject_key_identifier);
  CHECK_FALSE(extensions[2].critical);
  CHECK(extensions[2].hex.substr(0, 4) == "0414");
}

TEST_CASE("a client certificate has the reference's fields byte by byte") {
  const Made ca = make_ca("alice");
  const Made client = make_leaf(Profile::client, "alice.<bootstrap>", ca);
  X509* certificate = client.certificate.get();
  CHECK(organization_of(certificate) == "alice.<bootstrap>");
  CHECK(organization_type(certificate) == V_ASN1_UTF8STRING);
  CHECK(X509_NAME_cmp(X509_get_issuer_name(certificate),
                      X509_get_subject_name(ca.certificate.get())) == 0);

  const auto extensions = extensions_of(certificate);
  REQUIRE(extensions.size() == 4);
  CHECK(extensions[0].nid == NID_key_usage);
  CHECK(extensions[0].hex == "03020780");
  CHECK(extensions[0].critical);
  CHECK(extensions[1].nid == NID_ext_key_usage);
  CHECK(extensions[1].hex == client_auth);
  CHECK_FALSE(extensions[1].critical);
  CHECK(extensions[2].nid == NID_basic_constraints);
  CHECK(extensions[2].hex == "3000");
  CHECK(extensions[2].critical);
  CHECK(extensions[3].nid == NID_authority_key_identifier);
  CHECK_FALSE(extensions[3].critical);
  CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(certificate),
                              X509_get0_subject_key_id(ca.certificate.get())) == 0);
}

TEST_CASE("a server certificate names DNS names first, then addresses, each in the order given") {
  const Made ca = make_ca("alice");
  const Made server =
      make_leaf(Profile::server, "alice.m1", ca,
                {"10.0.0.1", "runner.example.com", "fd00::1", "localhost", "::ffff:192.0.2.7"});
  const auto extensions = extensions_of(server.certificate.get());
  REQUIRE(extensions.size() == 5);
  CHECK(extensions[0].hex == "030203a8");
  CHECK(extensions[1].hex == server_auth);
  CHECK(extensions[2].hex == "3000");
  CHECK(extensions[4].nid == NID_subject_alt_name);
  CHECK_FALSE(extensions[4].critical);
  const std::string dns1 =
      "8212" + to_hex(reinterpret_cast<const unsigned char*>("runner.example.com"), 18);
  const std::string dns2 = "8209" + to_hex(reinterpret_cast<const unsigned char*>("localhost"), 9);
  CHECK(extensions[4].hex.substr(4) ==
        dns1 + dns2 + "87040a000001" + "8710fd000000000000000000000000000001" + "8704c0000207");
}

TEST_CASE("the server certificate of a swarm master may also act as client") {
  const Made ca = make_ca("alice");
  const Made master = make_leaf(Profile::swarm_master, "alice.m1", ca, {"10.0.0.1"});
  CHECK(extensions_of(master.certificate.get())[1].hex == both_auth);
}

TEST_CASE("certificates begin five minutes ago at second 0 and last 1080 days") {
  using namespace std::chrono;
  const sys_seconds now = sys_days(year(2026) / 3 / 5) + hours(10) + minutes(2) + seconds(59);
  const Made ca = make_ca("alice", make_ec_key(), now);
  CHECK(to_rfc3339(certs::begin_of(ca.certificate.get())) == "2026-03-05T09:57:00Z");
  CHECK(certs::end_of(ca.certificate.get()) - certs::begin_of(ca.certificate.get()) ==
        hours(1080 * 24));
  CHECK(ASN1_STRING_type(X509_get0_notAfter(ca.certificate.get())) == V_ASN1_UTCTIME);

  const Made later = make_ca("alice", make_ec_key(), sys_days(year(2048) / 1 / 1));
  CHECK(ASN1_STRING_type(X509_get0_notBefore(later.certificate.get())) == V_ASN1_UTCTIME);
  CHECK(ASN1_STRING_type(X509_get0_notAfter(later.certificate.get())) == V_ASN1_GENERALIZEDTIME);
}

TEST_CASE("serial numbers are positive, different, and use 128 bits") {
  int longest = 0;
  std::vector<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    const Made ca = make_ca("alice", make_ec_key());
    const certs::NumberPtr number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(ca.certificate.get()), nullptr));
    CHECK_FALSE(BN_is_negative(number.get()));
    CHECK_FALSE(BN_is_zero(number.get()));
    longest = std::max(longest, BN_num_bits(number.get()));
    char* hex = BN_bn2hex(number.get());
    CHECK(std::find(seen.begin(), seen.end(), hex) == seen.end());
    seen.emplace_back(hex);
    OPENSSL_free(hex);
  }
  CHECK(longest > 120);
  CHECK(longest <= 128);
}

TEST_CASE("an organisation of more than 64 characters is taken as it is") {
  const std::string name = "gitlab-runner.runner-" + std::string(200, 'x');
  const Made ca = make_ca(name, make_ec_key());
  CHECK(organization_of(load_certificate([&] {
                          static TempFolder folder;
                          write_file(folder / "ca.pem", ca.pem(), 0644);
                          return folder / "ca.pem";
                        }())
                            .get()) == name);
}

TEST_CASE("the organisation's string type follows its characters") {
  const std::vector<std::pair<std::string, int>> cases = {
      {"alice", V_ASN1_PRINTABLESTRING},    {"a b'()+,-./:=?", V_ASN1_PRINTABLESTRING},
      {"alice@example", V_ASN1_UTF8STRING}, {"a_b", V_ASN1_UTF8STRING},
      {"a*b", V_ASN1_UTF8STRING},           {"a&b", V_ASN1_UTF8STRING},
      {"j\xc3\xbcrgen", V_ASN1_UTF8STRING}};
  for (const auto& [name, type] : cases) {
    CAPTURE(name);
    const Made ca = make_ca(name, make_ec_key());
    CHECK(organization_type(ca.certificate.get()) == type);
    CHECK(organization_of(ca.certificate.get()) == name);
  }
  CHECK(error_of([] { make_ca("j\xfcrgen", make_ec_key()); }) == "asn1: string not valid UTF-8");
}

TEST_CASE("a host name outside ASCII is refused") {
  const Made ca = make_ca("alice");
  CHECK(error_of([&] {
          make_leaf(Profile::server, "alice.m1", ca,
                    {"b\xc3\xbc"
                     "cher.example"});
        }) ==
        "x509: \"b\xc3\xbc"
        "cher.example\" cannot be encoded as an IA5String");
}

TEST_CASE("the signature follows the key of the user's own CA, and the leaf stays RSA") {
  const std::vector<std::pair<std::string, int>> cases = {{"P-256", NID_ecdsa_with_SHA256},
                                                          {"P-384", NID_ecdsa_with_SHA384},
                                                          {"P-521", NID_ecdsa_with_SHA512}};
  for (const auto& [curve, algorithm] : cases) {
    CAPTURE(curve);
    const Made ca = make_ca("alice", make_ec_key(curve.c_str()));
    const Made server = make_leaf(Profile::server, "alice.m1", ca, {"10.0.0.1"});
    CHECK(X509_get_signature_nid(server.certificate.get()) == algorithm);
    CHECK(EVP_PKEY_get_base_id(server.key.get()) == EVP_PKEY_RSA);
    CHECK(X509_verify(server.certificate.get(), ca.key.get()) == 1);
  }
  const Made ca = make_ca("alice", certs::KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
  const Made server = make_leaf(Profile::server, "alice.m1", ca, {"10.0.0.1"});
  CHECK(X509_get_signature_nid(server.certificate.get()) == NID_ED25519);
}

TEST_CASE("under a CA without key identifier, leaves name none, and verify") {
  const Made ca = make_ca("alice");
  remove_extension(ca.certificate.get(), NID_subject_key_identifier, ca.key.get());
  const Made client = make_leaf(Profile::client, "alice.<bootstrap>", ca);
  CHECK(X509_get_ext_by_NID(client.certificate.get(), NID_authority_key_identifier, -1) == -1);
  const auto authorities = certs::parse_certificates(ca.pem());
  CHECK(certs::verify_chain(client.certificate.get(), nullptr, authorities, certs::Role::client)
            .error == X509_V_OK);
}

TEST_CASE("of two authorities of one name the right one is found, whatever their order") {
  const Made old_ca = make_ca("alice");
  const Made new_ca = make_ca("alice");
  remove_extension(old_ca.certificate.get(), NID_subject_key_identifier, old_ca.key.get());
  remove_extension(new_ca.certificate.get(), NID_subject_key_identifier, new_ca.key.get());
  const Made client = make_leaf(Profile::client, "alice.<bootstrap>", new_ca);
  for (const std::string& file : {new_ca.pem() + old_ca.pem(), old_ca.pem() + new_ca.pem()}) {
    CHECK(certs::verify_chain(client.certificate.get(), nullptr, certs::parse_certificates(file),
                              certs::Role::client)
              .error == X509_V_OK);
  }
  const auto wrong = certs::parse_certificates(old_ca.pem());
  CHECK(certs::verify_chain(client.certificate.get(), nullptr, wrong, certs::Role::client).error !=
        X509_V_OK);
}

TEST_CASE("a certificate verifies only in the role it was made for") {
  const Made ca = make_ca("alice");
  const auto authorities = certs::parse_certificates(ca.pem());
  const Made client = make_leaf(Profile::client, "alice.<bootstrap>", ca);
  const Made server = make_leaf(Profile::server, "alice.m1", ca, {"10.0.0.1"});
  const auto error = [&](const Made& leaf, certs::Role role) {
    return certs::verify_chain(leaf.certificate.get(), nullptr, authorities, role).error;
  };
  CHECK(error(client, certs::Role::client) == X509_V_OK);
  CHECK(error(client, certs::Role::server) == X509_V_ERR_INVALID_PURPOSE);
  CHECK(error(server, certs::Role::server) == X509_V_OK);
  CHECK(error(server, certs::Role::client) == X509_V_ERR_INVALID_PURPOSE);
}

TEST_CASE("OpenSSL's strict verification accepts what we make") {
  if (!find_program("openssl")) {
    WARN("no openssl command here");
    return;
  }
  const TempFolder folder;
  const Made ca = make_ca("alice");
  write_file(folder / "ca.pem", ca.pem(), 0644);
  const auto verify = [&](const Made& leaf, const std::string& purpose) {
    write_file(folder / "leaf.pem", leaf.pem(), 0644);
    const auto result =
        run_child(Context(), {{"openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile",
                               (folder / "ca.pem").string(), (folder / "leaf.pem").string()},
                              ""});
    INFO(result.out << result.err);
    CHECK(result.status.ok());
  };
  verify(make_leaf(Profile::client, "alice.<bootstrap>", ca), "sslclient");
  verify(make_leaf(Profile::server, "alice.m1", ca, {"10.0.0.1", "localhost"}), "sslserver");
  verify(make_leaf(Profile::swarm_master, "alice.m1", ca, {"10.0.0.1"}), "sslclient");
  verify(make_leaf(Profile::server, "alice." + std::string(100, 'x'), ca, {"10.0.0.1"}),
         "sslserver");
}

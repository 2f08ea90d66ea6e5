// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/time.hpp"
#include "engine/server_check.hpp"
#include "engine/server_names.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

#include <fmt/format.h>
#include <openssl/asn1.h>

using namespace dmachine;
using namespace dmachine::test;
using certs::Profile;

namespace {

std::string refusal(const Made& server, const std::string& ca_file, const std::string& host) {
  return engine::check_server(server.certificate.get(), nullptr, certs::parse_certificates(ca_file),
                              host)
      .text;
}

void set_common_name(const Made& made, const std::string& name, EVP_PKEY* signer) {
  X509_NAME_add_entry_by_NID(X509_get_subject_name(made.certificate.get()), NID_commonName,
                             V_ASN1_UTF8STRING, reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_sign(made.certificate.get(), signer, EVP_sha256());
}

}  // namespace

TEST_CASE("a server is for the names of its certificate and no other") {
  const Made ca = make_ca("alice");
  const Made server =
      make_leaf(Profile::server, "m1", ca, {"10.0.0.1", "a.example", "*.b.example", "fd00::1"});
  const std::vector<std::pair<std::string, bool>> cases = {
      {"10.0.0.1", true},   {"10.0.0.2", false},      {"fd00::1", true},    {"fd00:0:0::1", true},
      {"::1", false},       {"a.example", true},      {"A.Example", true},  {"x.b.example", true},
      {"b.example", false}, {"x.y.b.example", false}, {"other.com", false}, {"x.a.example", false},
      {"", false}};
  for (const auto& [host, good] : cases) {
    CAPTURE(host);
    CHECK(engine::is_for_host(server.certificate.get(), host) == good);
    CHECK(refusal(server, ca.pem(), host).empty() == good);
  }
}

TEST_CASE("a wrong name is answered with the names there are") {
  const Made ca = make_ca("alice");
  const Made server =
      make_leaf(Profile::server, "m1", ca, {"10.9.9.9", "fd00::1", "a.example", "localhost"});
  CHECK(refusal(server, ca.pem(), "127.0.0.1") ==
        "x509: certificate is valid for 10.9.9.9, fd00::1, not 127.0.0.1");
  CHECK(refusal(server, ca.pem(), "b.example") ==
        "x509: certificate is valid for a.example, localhost, not b.example");

  const Made names_only = make_leaf(Profile::server, "m1", ca, {"localhost"});
  CHECK(refusal(names_only, ca.pem(), "127.0.0.1") ==
        "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs");
  const Made addresses_only = make_leaf(Profile::server, "m1", ca, {"10.0.0.1"});
  CHECK(refusal(addresses_only, ca.pem(), "localhost") ==
        "x509: certificate is not valid for any names, but wanted to match localhost");
}

TEST_CASE("the common name is never taken for a name") {
  const Made ca = make_ca("alice");
  const Made server = make_leaf(Profile::server, "m1", ca);
  CHECK(refusal(server, ca.pem(), "127.0.0.1") ==
        "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs");
  set_common_name(server, "localhost", ca.key.get());
  CHECK(refusal(server, ca.pem(), "localhost") ==
        "x509: certificate relies on legacy Common Name field, use SANs instead");
}

TEST_CASE("an unknown CA, and one of the right name with another key, are told apart") {
  const Made ca = make_ca("alice");
  const Made server = make_leaf(Profile::server, "m1", ca, {"10.0.0.1"});
  CHECK(refusal(server, make_ca("bob").pem(), "10.0.0.1") ==
        "x509: certificate signed by unknown authority");
  CHECK(refusal(server, make_ca("alice").pem(), "10.0.0.1") ==
        "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: "
        "verification error\" while trying "
        "to verify candidate authority certificate \"alice\")");
  CHECK(refusal(server, make_ca("alice", make_ec_key()).pem(), "10.0.0.1") ==
        "x509: certificate signed by unknown authority (possibly because of \"x509: ECDSA "
        "verification failure\" while trying "
        "to verify candidate authority certificate \"alice\")");
  CHECK(refusal(server, make_ca("alice").pem() + ca.pem(), "10.0.0.1").empty());
}

TEST_CASE("expired servers and authorities are named with both times") {
  const Made ca = make_ca("alice");
  const Made server = make_leaf(Profile::server, "m1", ca, {"10.0.0.1"}, long_ago());
  const std::string end = to_rfc3339(certs::end_of(server.certificate.get()));
  const std::string text = refusal(server, ca.pem(), "10.0.0.9");  // dates come before names
  CHECK_THAT(text,
             StartsWith("x509: certificate has expired or is not yet valid: current time 20"));
  CHECK_THAT(text, EndsWith("Z is after " + end));

  const Made future = make_leaf(Profile::server, "m1", ca, {"10.0.0.1"},
                                certs::current_time() + std::chrono::hours(48));
  CHECK_THAT(refusal(future, ca.pem(), "10.0.0.1"), ContainsSubstring("Z is before 20"));

  const Made old_ca = make_ca("alice", next_key(), long_ago());
  const Made young = make_leaf(Profile::server, "m1", old_ca, {"10.0.0.1"});
  CHECK_THAT(refusal(young, old_ca.pem(), "10.0.0.1"),
             EndsWith("Z is after " + to_rfc3339(certs::end_of(old_ca.certificate.get()))));
}

TEST_CASE("a client's certificate is no server's, and a leaf is no authority") {
  const Made ca = make_ca("alice");
  const Made client = make_leaf(Profile::client, "x", ca, {"10.0.0.1"});
  CHECK(refusal(client, ca.pem(), "10.0.0.1") ==
        "x509: certificate specifies an incompatible key usage");
  const Made server = make_leaf(Profile::server, "m1", ca, {"10.0.0.1"});
  const Made below = make_leaf(Profile::server, "m2", server, {"10.0.0.1"});
  CHECK_THAT(refusal(below, server.pem(), "10.0.0.1"),
             StartsWith("x509: certificate signed by unknown authority"));
}

TEST_CASE("an intermediate CA alone is trusted, as every certificate of the CA file is") {
  const Made root = make_ca("root");
  const auto key = next_key();
  const certs::Issuer issuer = root.issuer();
  const auto middle = certs::make_certificate({Profile::authority, "middle", key.get(), {}},
                                              &issuer, certs::current_time());
  EVP_PKEY_up_ref(key.get());
  Made ca{certs::CertPtr(X509_dup(middle.get())), certs::KeyPtr(key.get())};
  const Made server = make_leaf(Profile::server, "m1", ca, {"10.0.0.1"});
  CHECK(refusal(server, ca.pem(), "10.0.0.1").empty());
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/auth_options.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

using namespace dmachine;
using namespace dmachine::test;

namespace {

constexpr auto stored = R"({
    "CertDir": "/s/certs",
    "CaCertPath": "/s/certs/ca.pem",
    "CaPrivateKeyPath": "/s/certs/ca-key.pem",
    "CaCertRemotePath": "",
    "ServerCertPath": "/s/machines/m/server.pem",
    "ServerKeyPath": "/s/machines/m/server-key.pem",
    "ClientKeyPath": "/s/certs/key.pem",
    "ServerCertRemotePath": "",
    "ServerKeyRemotePath": "",
    "ClientCertPath": "/s/certs/cert.pem",
    "ServerCertSANs": [],
    "StorePath": "/s/machines/m"
})";

}  // namespace

TEST_CASE("what the reference stored comes back byte by byte") {
  const Json json = parse_json(stored);
  const auto options = certs::parse_auth_options(json);
  CHECK(options.client_key_path == "/s/certs/key.pem");
  CHECK(options.store_path == "/s/machines/m");
  CHECK(to_go_json(certs::to_json(options, json)) == stored);
  CHECK(to_go_json(certs::to_json(options, Json::object())) == stored);
}

TEST_CASE("keys in other case are read, unknown ones survive, null and missing are zero") {
  const Json json = parse_json(
      R"({"certdir": "/c", "Future": {"a": 1}, "ServerCertSANs": null, "StorePath": null})");
  const auto options = certs::parse_auth_options(json);
  CHECK(options.cert_dir == "/c");
  CHECK(options.store_path.empty());
  CHECK(options.server_cert_sans.empty());
  const Json written = certs::to_json(options, json);
  CHECK(written["Future"]["a"] == 1);
  CHECK(written["ServerCertSANs"].is_null());
  CHECK_FALSE(written.contains("certdir"));
  CHECK(certs::parse_auth_options(Json()).cert_dir.empty());
}

TEST_CASE("a wrong type is refused") {
  CHECK(error_of([] { certs::parse_auth_options(parse_json(R"({"CertDir": 7})")); }) ==
        "json: cannot unmarshal number into Go struct field "
        "Options.HostOptions.AuthOptions.CertDir of type string");
  CHECK_FALSE(error_of([] {
                certs::parse_auth_options(parse_json(R"({"ServerCertSANs": "x"})"));
              }).empty());
}

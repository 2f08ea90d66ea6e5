// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/jwt.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

using dmachine::base64url_encode;
using dmachine::Context;
using dmachine::Error;
using dmachine::Json;
using dmachine::run_child;
using dmachine::Secret;
using dmachine::cloud::make_jwt;
using dmachine::cloud::rs256_sign;
using dmachine::test::TempFolder;

namespace {

/// The key of RFC 7515, appendix A.2, which is published.
Secret rfc_key(const std::string& form) {
  return Secret(
      dmachine::read_file(DMACHINE_SOURCE_DIR "/tests/data/jwt/rfc7515_a2_" + form + ".pem"));
}

std::string openssl(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv{"openssl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const auto result = run_child(Context(), {argv, {}});
  INFO(result.err);
  REQUIRE(result.status.ok());
  return result.out;
}

}  // namespace

TEST_CASE("The signature of RFC 7515, appendix A.2, with the key in both forms") {
  const std::string input =
      "eyJhbGciOiJSUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  for (const std::string form : {"pkcs1", "pkcs8"}) {
    CHECK(base64url_encode(rs256_sign(input, rfc_key(form))) ==
          "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
          "O8W2Fp5jujGbds9uJdbF9CUAr7t1d"
          "nZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
          "eSN9383LcOLn6_dO--xi12jzDwusC"
          "-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtV"
          "rBp0igcN_IoypGlUPQGe77Rw");
  }
}

TEST_CASE("A token says what it was told to and is verified by openssl") {
  const auto token = make_jwt(Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}},
                              Json{{"iss", "a@b"}, {"exp", 7}}, rfc_key("pkcs8"));
  const auto parts = dmachine::split(token.reveal(), '.');
  REQUIRE(parts.size() == 3);
  CHECK(dmachine::base64_decode(parts[0]) == R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  CHECK(dmachine::base64_decode(parts[1]) == R"({"iss":"a@b","exp":7})");
  const TempFolder folder;
  dmachine::write_file(folder / "signed", parts[0] + "." + parts[1], 0600);
  dmachine::write_file(folder / "signature", *dmachine::base64_decode(parts[2]), 0600);
  const auto public_key = openssl(
      {"rsa", "-in", DMACHINE_SOURCE_DIR "/tests/data/jwt/rfc7515_a2_pkcs1.pem", "-pubout"});
  dmachine::write_file(folder / "public.pem", public_key, 0600);
  CHECK(openssl({"dgst", "-sha256", "-verify", (folder / "public.pem").string(), "-signature",
                 (folder / "signature").string(), (folder / "signed").string()}) ==
        "Verified OK\n");
}

TEST_CASE("What is no RSA key without a passphrase is refused, and not shown") {
  const auto elliptic =
      openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"});
  const auto locked =
      openssl({"pkcs8", "-topk8", "-in", DMACHINE_SOURCE_DIR "/tests/data/jwt/rfc7515_a2_pkcs1.pem",
               "-passout", "pass:open-sesame"});
  const auto cut = rfc_key("pkcs8").reveal().substr(0, 400);
  for (const auto& text : {std::string(), std::string("planted"), elliptic, locked, cut}) {
    try {
      rs256_sign("x", Secret(text));
      FAIL("was accepted");
    } catch (const Error& error) {
      CHECK_THAT(error.what(), StartsWith("private key "));
      CHECK_THAT(error.what(), !ContainsSubstring("planted"));
    }
  }
}

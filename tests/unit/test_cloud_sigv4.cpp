// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/digest.hpp"
#include "cloud/sigv4.hpp"
#include "tests/support/catch.hpp"

#include <vector>

using dmachine::Secret;
using dmachine::cloud::AwsCredentials;
using dmachine::cloud::Headers;
using dmachine::cloud::HttpRequest;
using dmachine::cloud::sigv4_headers;

namespace {

// Amazon's Signature Version 4 test suite: 2015-08-30 12:36:00 UTC, region us-east-1, service
// "service".
constexpr auto when = std::chrono::sys_seconds(std::chrono::seconds(1440938160));
const AwsCredentials credentials{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                 Secret()};

struct Vector {
  const char* name;
  const char* method;
  const char* target;
  Headers headers;
  const char* body;
  const char* signed_headers;
  const char* signature;
};

const std::vector<Vector> vectors{
    {"get-vanilla",
     "GET",
     "/",
     {},
     "",
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/?Param2=value2&Param1=value1",
     {},
     "",
     "host;x-amz-date",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-unreserved",
     "GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {},
     "",
     "host;x-amz-date",
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8",
     "GET",
     "/\xE1\x88\xB4",
     {},
     "",
     "host;x-amz-date",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-header-key-duplicate",
     "GET",
     "/",
     {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     "GET",
     "/",
     {{"My-Header1", "value4"},
      {"My-Header1", "value1"},
      {"My-Header1", "value3"},
      {"My-Header1", "value2"}},
     "",
     "host;my-header1;x-amz-date",
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-header-value-trim",
     "GET",
     "/",
     {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
     "",
     "host;my-header1;my-header2;x-amz-date",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla",
     "POST",
     "/",
     {},
     "",
     "host;x-amz-date",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-vanilla-query",
     "POST",
     "/?Param1=value1",
     {},
     "",
     "host;x-amz-date",
     "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"post-header-value-case",
     "POST",
     "/",
     {{"My-Header1", "VALUE1"}},
     "",
     "host;my-header1;x-amz-date",
     "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-x-www-form-urlencoded-parameters",
     "POST",
     "/",
     {{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"}},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"},
};

std::string value_of(const Headers& headers, const std::string& name) {
  return dmachine::cloud::HttpReply{0, headers, {}}.header(name).value_or("missing");
}

}  // namespace

TEST_CASE("Amazon's test suite is signed as published") {
  for (const auto& vector : vectors) {
    INFO(vector.name);
    HttpRequest request;
    request.method = vector.method;
    request.url = std::string("https://example.amazonaws.com") + vector.target;
    request.headers = vector.headers;
    request.body = vector.body;
    const auto added = sigv4_headers(request, credentials, {"us-east-1", "service"}, when);
    CHECK(value_of(added, "x-amz-date") == "20150830T123600Z");
    CHECK(value_of(added, "Authorization") ==
          std::string(
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=") +
              vector.signed_headers + ", Signature=" + vector.signature);
  }
}

TEST_CASE("A session token is sent and signed (get-vanilla-with-session-token)") {
  auto temporary = credentials;
  temporary.session_token =
      Secret("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267");
  HttpRequest request;
  request.url = "https://example.amazonaws.com/";
  const auto added = sigv4_headers(request, temporary, {"us-east-1", "service"}, when);
  CHECK(value_of(added, "x-amz-security-token") == temporary.session_token.reveal());
  CHECK_THAT(
      value_of(added, "Authorization"),
      EndsWith("SignedHeaders=host;x-amz-date;x-amz-security-token, "
               "Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"));
}

TEST_CASE("Odd queries and paths have one canonical form") {
  HttpRequest request;
  request.url = "https://h/a%20b/c?z&b=%2f&b=%20&a=x=y&&%41=1";
  CHECK(dmachine::cloud::sigv4_canonical_request(request) ==
        "GET\n/a%2520b/c\nA=1&a=x%3Dy&b=%20&b=%2F&z=\n\n\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("A keyed hash of RFC 4231, case 2") {
  CHECK(dmachine::cloud::to_hex(
            dmachine::cloud::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

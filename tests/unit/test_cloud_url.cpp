// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cloud/http_log.hpp"
#include "cloud/proxy.hpp"
#include "cloud/url.hpp"
#include "core/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp.hpp"

#include <vector>

using dmachine::Error;
using dmachine::cloud::find_proxy;
using dmachine::cloud::loggable_fields;
using dmachine::cloud::loggable_url;
using dmachine::cloud::parse_url;
using dmachine::cloud::ProxySettings;
using dmachine::test::ScopedEnv;

TEST_CASE("A URL is taken apart") {
  const auto url = parse_url("HTTPS://User:pw@Compute.Test/a/%2Fb?x=1&y#frag");
  CHECK(url.scheme == "https");
  CHECK(url.host == "compute.test");
  CHECK(url.port == 443);
  CHECK(url.path == "/a/%2Fb");
  CHECK(url.query == "x=1&y");
  const auto ipv6 = parse_url("http://[fd00::1]:8080");
  CHECK(ipv6.host == "fd00::1");
  CHECK(ipv6.port == 8080);
  CHECK(ipv6.path == "/");
  CHECK(host_header(ipv6) == "[fd00::1]:8080");
  CHECK(host_header(url) == "compute.test");
}

TEST_CASE("What is no web address is refused, without showing its secrets") {
  for (const char* bad : {"", "compute.test/x", "ftp://host/", "https://", "https://host:99999/",
                          "file:///etc/passwd", "https://ho st/"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_url(bad), Error);
  }
  CHECK_THROWS_AS(parse_url(std::string("https://host/\0x", 15)), Error);
  try {
    parse_url("ftp://user:pw@host/?token=secret");
    FAIL("was accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("pw") == std::string::npos);
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
  }
}

TEST_CASE("Secrets go over plain http to this machine only") {
  for (const char* good : {"https://oauth2.googleapis.com/token", "http://localhost:1/t",
                           "http://127.1.2.3/", "http://[::1]:8/"}) {
    CHECK_NOTHROW(dmachine::cloud::require_private(good, "token_uri"));
  }
  for (const char* bad :
       {"http://oauth2.googleapis.com/token", "http://localhost.evil.test/",
        "http://169.254.169.254/", "http://127.0.0.1.evil.test/", "http://user@evil.test:80/"}) {
    INFO(bad);
    CHECK_THROWS_AS(dmachine::cloud::require_private(bad, "token_uri"), Error);
  }
}

TEST_CASE("Link-local addresses are known") {
  CHECK(dmachine::cloud::is_link_local("169.254.169.254"));
  CHECK(dmachine::cloud::is_link_local("fd00:ec2::254"));
  CHECK_FALSE(dmachine::cloud::is_link_local("169.253.1.1"));
  CHECK_FALSE(dmachine::cloud::is_link_local("metadata.google.internal"));
}

TEST_CASE("A form is encoded in order") {
  CHECK(dmachine::cloud::form_encode(
            {{"grant_type", "urn:ietf:a b"}, {"x", "1//0&=+"}, {"empty", ""}}) ==
        "grant_type=urn%3Aietf%3Aa%20b&x=1%2F%2F0%26%3D%2B&empty=");
}

TEST_CASE("Logs show a URL without what is secret in it") {
  CHECK(loggable_url("https://h/p") == "https://h/p");
  CHECK(loggable_url("https://h/p?key=k&filter=name%3Dx&novalue") ==
        "https://h/p?key=[redacted]&filter=name%3Dx&[redacted]");
  CHECK(loggable_url("https://user:pw@h/p@q#secret") == "https://h/p@q");
  CHECK(loggable_url("https://user:p/w@h/p") ==
        "https://user:p/w@h/p");  // no password: the host is "user"
  CHECK(loggable_url("https://h/a\nb") == "https://h/a?b");
  CHECK(loggable_url("https://user:pw@h?token=t") == "https://h?token=[redacted]");
}

TEST_CASE("Logs show the allowed fields of a body and nothing else") {
  CHECK(loggable_fields(
            R"({"name": "op-1", "status": "RUNNING", "progress": 5, "access_token": "ya29"})") ==
        " name=op-1 status=RUNNING progress=5");
  CHECK(loggable_fields(
            R"({"error": {"code": 403, "message": "m", "errors": [{"reason": "forbidden"}]}})") ==
        " error.code=403 error.errors.0.reason=forbidden");
  CHECK(loggable_fields(R"({"error": "invalid_grant"})").empty());
  CHECK(loggable_fields(R"({"name": {"a": "b"}})").empty());
  CHECK(loggable_fields("grant_type=x&assertion=y").empty());
  CHECK(loggable_fields("{broken").empty());
  CHECK(loggable_fields("").empty());
}

TEST_CASE("The proxy is chosen as Go chooses it") {
  struct Case {
    const char* url;
    const char* no_proxy;
    bool proxied;
  };
  const std::vector<Case> cases{
      {"https://compute.googleapis.com/", "", true},
      {"https://localhost/", "", false},
      {"https://127.0.0.1:8/", "", false},
      {"https://[::1]/", "", false},
      {"https://10.1.2.3/", "10.0.0.0/8", false},
      {"https://11.1.2.3/", "10.0.0.0/8", true},
      {"https://10.1.2.3/", "10.1.2.3", false},
      {"https://10.1.2.3/", "10.1.2.3:443", false},
      {"https://10.1.2.3/", "10.1.2.3:80", true},
      {"https://[fd00::5]/", "fd00::/8", false},
      {"https://[fd00::5]/", "fd00::5", false},
      {"https://[fd00::5]/", "[fd00::5]:443", false},
      {"https://[fd00::5]/", "[fd00::5]:80", true},
      {"https://a.test/", "*", false},
      {"https://a.test/", "a.test", false},
      {"https://A.Test/", "x.test, a.TEST ", false},
      {"https://b.a.test/", "a.test", false},
      {"https://ba.test/", "a.test", true},
      {"https://a.test/", ".a.test", true},
      {"https://b.a.test/", ".a.test", false},
      {"https://a.test/", "*.a.test", true},
      {"https://b.a.test/", "*.a.test", false},
      {"https://a.test:8443/", "a.test:8443", false},
      {"https://a.test/", "a.test:8443", true},
      {"https://a.test/", ",, ,", true},
      {"https://a.test/", ":443", true},
      {"https://a.test/", "10.0.0.0/99", true},
  };
  for (const auto& [url, no_proxy, proxied] : cases) {
    INFO(url << " with " << no_proxy);
    CHECK(
        find_proxy(parse_url(url), ProxySettings{"", "http://proxy:3128", no_proxy}).has_value() ==
        proxied);
  }
}

TEST_CASE("Each scheme has its proxy, whose own scheme may be left out") {
  const ProxySettings settings{"plain:1", "http://user:pw@secure:2", ""};
  CHECK(find_proxy(parse_url("http://a.test/"), settings) == "http://plain:1");
  CHECK(find_proxy(parse_url("https://a.test/"), settings) == "http://user:pw@secure:2");
  CHECK_FALSE(find_proxy(parse_url("https://a.test/"), ProxySettings{"plain:1", "", ""}));
  CHECK_FALSE(find_proxy(parse_url("https://a.test/"), ProxySettings{"", "  ", ""}));
}

TEST_CASE(
    "The proxy variables are read in both cases, upper case first, and not HTTP_PROXY in a CGI "
    "program") {
  const ScopedEnv upper("HTTPS_PROXY", "");
  const ScopedEnv lower("https_proxy", "http://lower");
  const ScopedEnv no_upper("NO_PROXY", "up");
  const ScopedEnv no_lower("no_proxy", "low");
  const ScopedEnv http("HTTP_PROXY", "http://plain");
  const ScopedEnv method("REQUEST_METHOD", "");
  auto settings = dmachine::cloud::proxy_settings_of_environment();
  CHECK(settings.https_proxy == "http://lower");
  CHECK(settings.no_proxy == "up");
  CHECK(settings.http_proxy == "http://plain");
  const ScopedEnv cgi("REQUEST_METHOD", "GET");
  CHECK(dmachine::cloud::proxy_settings_of_environment().http_proxy.empty());
}

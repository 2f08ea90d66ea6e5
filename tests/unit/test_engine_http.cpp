// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/alert.hpp"
#include "engine/http.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

using namespace dmachine;
using namespace dmachine::test;

TEST_CASE("the head of a response") {
  const std::string whole = "HTTP/1.1 200 OK\r\ncontent-length:  12 \r\nX: y\r\n\r\nbody";
  const auto head = engine::parse_head(whole);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(head->reason == "200 OK");
  CHECK(head->length == 12U);
  CHECK(whole.substr(head->size) == "body");
  for (std::size_t i = 0; i < head->size; ++i) {
    CHECK_FALSE(engine::parse_head(whole.substr(0, i)));
  }
  CHECK_FALSE(engine::parse_head("HTTP/1.0 403 \r\n\r\n")->length);
  CHECK(engine::parse_head("HTTP/1.0 403\r\n\r\n")->status == 403);
}

TEST_CASE("what is no HTTP response is refused") {
  const auto why = [](const std::string& text) {
    return error_of([&] { engine::parse_head(text); });
  };
  CHECK(why("SSH-2.0-OpenSSH_9.2\r\n") == "malformed HTTP response \"SSH-2.0-OpenSSH_9.2\\r\\n\"");
  CHECK(why("x") == "malformed HTTP response \"x\"");
  CHECK_FALSE(why("HTTP/2.0 200 OK\r\n\r\n").empty());
  CHECK_FALSE(why("HTTP/1.1 2x0 OK\r\n\r\n").empty());
  CHECK_FALSE(why("HTTP/1.1\r\n\r\n").empty());
  CHECK_FALSE(why("HTTP/1.1 20099999999999999999 OK\r\n\r\n").empty());
  CHECK_FALSE(why("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").empty());
  CHECK_FALSE(why("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n").empty());
  CHECK_FALSE(why("HTTP/1.1 200 OK\r\n" + std::string(70000, 'x')).empty());
}

TEST_CASE("alerts in Go's words") {
  CHECK(engine::alert_error(42).what() == std::string("remote error: tls: bad certificate"));
  CHECK(engine::alert_error(48).what() ==
        std::string("remote error: tls: unknown certificate authority"));
  CHECK(engine::alert_error(116).what() == std::string("remote error: tls: certificate required"));
  CHECK(engine::alert_error(116).code() == Errc::denied);
  CHECK(engine::alert_error(80).what() == std::string("remote error: tls: internal error"));
  CHECK(engine::alert_error(80).code() == Errc::unavailable);
  CHECK(engine::alert_error(99).what() == std::string("remote error: tls: alert(99)"));
}

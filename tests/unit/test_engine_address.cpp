// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/address.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

using namespace dmachine;
using namespace dmachine::test;

TEST_CASE("host and port of an engine's URL") {
  CHECK(engine::authority_of("tcp://10.0.0.1:2376") == "10.0.0.1:2376");
  CHECK(engine::authority_of("tcp://[fd00::1]:2376/") == "[fd00::1]:2376");
  CHECK(engine::authority_of("tcp://user@host:1?x") == "host:1");
  CHECK(engine::authority_of("unix:///var/run/docker.sock").empty());
  CHECK(engine::authority_of("localhost").empty());
  CHECK(engine::authority_of("").empty());

  CHECK(engine::parse_address("10.0.0.1:2376").host == "10.0.0.1");
  CHECK(engine::parse_address("10.0.0.1:2376").port == "2376");
  CHECK(engine::parse_address("[fd00::1]:2376").host == "fd00::1");
  CHECK(engine::to_string(engine::parse_address("[fd00::1]:2376")) == "[fd00::1]:2376");
  CHECK(engine::parse_address("h:").port.empty());
}

TEST_CASE("addresses that cannot be dialled are refused in Go's words") {
  const auto why = [](const std::string& authority) {
    return error_of([&] { engine::parse_address(authority); });
  };
  CHECK(why("") == "dial tcp: missing address");
  CHECK(why("127.0.0.1") == "dial tcp: address 127.0.0.1: missing port in address");
  CHECK(why("[::1]") == "dial tcp: address [::1]: missing port in address");
  CHECK(why("::1:2376") == "dial tcp: address ::1:2376: too many colons in address");
  CHECK(why("h:65536") == "dial tcp: address 65536: invalid port");
  CHECK(why("h:99999999999999999999") == "dial tcp: address 99999999999999999999: invalid port");
  CHECK(why("h:abc") == "dial tcp: lookup tcp/abc: unknown port");
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/swarm.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

TEST_CASE("no swarm, no step") {
  CHECK(swarm_step({}, {}, "10.0.0.1", 2376).empty());
}

TEST_CASE("a master and agent get the reference's containers") {
  SwarmOptions swarm;
  swarm.is_swarm = swarm.agent = swarm.master = true;
  swarm.discovery = "token://a'b";
  swarm.host = "tcp://0.0.0.0:3377";
  swarm.image = "swarm:latest";
  swarm.strategy = "spread";
  swarm.arbitrary_flags = {"heartbeat=5s"};
  swarm.arbitrary_join_flags = {"ttl=1m"};
  CHECK(swarm_step(swarm, {"A=b", "C=d e"}, "10.0.0.1", 2376) ==
        "mark phase swarm\n"
        "swarm_environment='A=b\nC=d e\n'\n"
        "swarm_container swarm-agent-master swarm:latest -v /etc/docker:/etc/docker -p 3377:3377 "
        "--expose 2375 "
        "swarm:latest manage --tlsverify --tlscacert=/etc/docker/ca.pem "
        "--tlscert=/etc/docker/server.pem "
        "--tlskey=/etc/docker/server-key.pem -H tcp://0.0.0.0:3377 --strategy spread --advertise "
        "10.0.0.1:3376 "
        "--heartbeat=5s 'token://a'\\''b'\n"
        "swarm_container swarm-agent swarm:latest swarm:latest join --advertise 10.0.0.1:2376 "
        "--ttl=1m "
        "'token://a'\\''b'\n");
  swarm.is_experimental = true;
  CHECK_THAT(swarm_step(swarm, {}, "h", 1),
             ContainsSubstring("swarm:latest swarm:latest --experimental join"));
}

TEST_CASE("a variable that docker's file cannot hold is refused, its value not shown") {
  SwarmOptions swarm;
  swarm.is_swarm = swarm.agent = true;
  CHECK_THROWS_WITH(swarm_step(swarm, {"A=b", "KEY=hunter\n2"}, "h", 1),
                    ContainsSubstring("variable KEY cannot") && !ContainsSubstring("hunter"));
}

TEST_CASE("a swarm host without a port is refused") {
  SwarmOptions swarm;
  swarm.is_swarm = swarm.master = true;
  for (const std::string host : {"", "tcp://0.0.0.0", "tcp://0.0.0.0:", "tcp://0.0.0.0:x"}) {
    swarm.host = host;
    CHECK_THROWS_WITH(swarm_step(swarm, {}, "h", 1), ContainsSubstring("--swarm-host"));
  }
}

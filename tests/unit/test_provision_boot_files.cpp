// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/apply_script.hpp"
#include "provision/boot_files.hpp"
#include "provision/os/family.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

namespace {

Request request() {
  Request one;
  one.machine_name = "m1";
  one.driver_name = "google";
  one.engine.labels = {"a=b"};
  return one;
}

}  // namespace

TEST_CASE("a host that nobody logs in to gets what a login would have brought") {
  const BootFiles files = boot_files(request());
  CHECK(files.drop_in ==
        "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376 -H "
        "unix:///var/run/docker.sock --tlsverify --tlscacert /etc/docker/ca.pem --tlscert "
        "/etc/docker/server.pem --tlskey /etc/docker/server-key.pem --label a=b --label "
        "provider=google \nEnvironment=\n");
  CHECK_THAT(files.boot_script, ContainsSubstring("machine_name=m1\n") &&
                                    ContainsSubstring("port=2376\n") && EndsWith("restore\n"));
  // A later login finds the same script, so that it has nothing to change.
  const Material material{"CA", "CERT", Secret("KEY")};
  const Request same = request();
  const ApplyPlan plan{container_optimized, same, material, "", "10.0.0.1", "@@x"};
  CHECK_THAT(apply_script(plan).reveal(),
             ContainsSubstring("boot_script='" + files.boot_script.substr(0, 40)));
  CHECK(boot_script(container_optimized, same) == files.boot_script);
  CHECK(boot_script(debian, same).empty());
}

TEST_CASE("what needs a login is refused") {
  Request swarm = request();
  swarm.swarm.is_swarm = true;
  CHECK_THROWS_WITH(boot_files(swarm), StartsWith("a swarm cannot be made"));
}

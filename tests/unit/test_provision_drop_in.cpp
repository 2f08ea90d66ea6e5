// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/drop_in.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

namespace {

std::string drop_in(const EngineOptions& options, const std::string& driver, int port = 2376) {
  return "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd" +
         drop_in_rest(engine_arguments(options, driver, port, "overlay2"), options.env);
}

const std::string head =
    "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376 -H "
    "unix:///var/run/docker.sock "
    "--storage-driver overlay2 --tlsverify --tlscacert /etc/docker/ca.pem --tlscert "
    "/etc/docker/server.pem "
    "--tlskey /etc/docker/server-key.pem ";

}  // namespace

TEST_CASE("the drop-in of a plain create is the reference's, byte for byte") {
  CHECK(drop_in({}, "generic") == head + "--label provider=generic \nEnvironment=\n");
}

TEST_CASE("all engine options stand in the reference's order, quoted where it lost them") {
  EngineOptions options;
  options.labels = {"a=b", "foo=bar baz"};
  options.insecure_registry = {"reg1:5000"};
  options.registry_mirror = {"https://mirror.example"};
  options.arbitrary_flags = {"log-driver=json-file", "storage-opt dm.basesize=20G", "live-restore"};
  options.env = {"HTTP_PROXY=http://u:p@proxy:3128", "FOO=a b"};
  CHECK(drop_in(options, "generic") ==
        head +
            "--label a=b --label \"foo=bar baz\" --label provider=generic --insecure-registry "
            "reg1:5000 "
            "--registry-mirror https://mirror.example --log-driver=json-file --storage-opt "
            "dm.basesize=20G "
            "--live-restore \nEnvironment=HTTP_PROXY=http://u:p@proxy:3128 \"FOO=a b\" \n");
}

TEST_CASE("values that a shell or systemd would expand stay as they are") {
  EngineOptions options;
  options.labels = {"l=$X", "p=50%"};
  options.env = {"PASS=a$b`c`\\d\"e%f"};
  CHECK(drop_in(options, "google") == head +
                                          "--label l=$$X --label p=50%% --label provider=google \n"
                                          "Environment=\"PASS=a$b`c`\\\\d\\\"e%%f\" \n");
}

TEST_CASE("an engine option is split as systemd split it, and no further") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"live-restore", {"--live-restore"}},
      {"mtu=1460", {"--mtu=1460"}},
      {"log-driver json-file", {"--log-driver", "json-file"}},
      {"log-opt  max-size=10m", {"--log-opt", "max-size=10m"}},
      {"log-opt tag={{.Name}} x", {"--log-opt", "tag={{.Name}} x"}},
      {"label=a b", {"--label=a b"}},
      {"bip=10.0.0.1/24 --mtu=1400", {"--bip=10.0.0.1/24", "--mtu=1400"}},
      {"debug -H fd://", {"--debug", "-H", "fd://"}},
      {"--mtu=1", {"----mtu=1"}},
      {"graph=/d", {"--data-root=/d"}},
      {"debug -g /d", {"--debug", "--data-root", "/d"}},
  };
  for (const auto& [option, words] : cases) {
    EngineOptions options;
    options.arbitrary_flags = {option};
    const auto arguments = engine_arguments(options, "none", 2376, "overlay2");
    const auto plain = engine_arguments({}, "none", 2376, "overlay2");
    INFO(option);
    CHECK(std::vector<std::string>(arguments.begin() + static_cast<std::ptrdiff_t>(plain.size()),
                                   arguments.end()) == words);
  }
}

TEST_CASE("the storage driver is the user's, the family's, or nobody's") {
  EngineOptions options;
  options.storage_driver = "overlayfs";
  CHECK_THAT(drop_in(options, "g"), ContainsSubstring(" --storage-driver overlayfs "));
  options.storage_driver = "none";
  CHECK_THAT(drop_in(options, "g"), !ContainsSubstring("storage-driver"));
}

TEST_CASE("the port is the driver's, and a provider label of the user wins") {
  CHECK_THAT(drop_in({}, "generic", 2377), ContainsSubstring("-H tcp://0.0.0.0:2377 "));
  EngineOptions options;
  options.labels = {"provider=mine"};
  CHECK_THAT(drop_in(options, "generic"), ContainsSubstring("--label provider=mine \n"));
}

TEST_CASE("options are checked before anything is paid for") {
  EngineOptions options;
  CHECK_NOTHROW(check_engine_options(options));
  options.labels = {"two\nlines"};
  CHECK_THROWS_WITH(check_engine_options(options), ContainsSubstring("more than one line"));
  options.labels = {};
  options.env = {"NOT AN ASSIGNMENT"};
  CHECK_THROWS_AS(check_engine_options(options), Error);
}

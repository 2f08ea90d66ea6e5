// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/option_history.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

using Words = std::vector<std::string>;

TEST_CASE("the old names of the data root become the one that all engines know") {
  CHECK(with_current_names({"--graph=/d"}) == Words{"--data-root=/d"});
  CHECK(with_current_names({"--graph", "/d e"}) == Words{"--data-root", "/d e"});
  CHECK(with_current_names({"--debug", "-g", "/d"}) == Words{"--debug", "--data-root", "/d"});
  CHECK(with_current_names({"-g=/d"}) == Words{"--data-root=/d"});
  CHECK(with_current_names({"-g/d"}) == Words{"--data-root=/d"});
  const Words others{"--graphite", "-G", "docker", "--label", "graph=x", "--data-root=/d"};
  CHECK(with_current_names(others) == others);
}

TEST_CASE("the data root is the last one that is given") {
  CHECK(data_root({"--debug"}) == "/var/lib/docker");
  CHECK(data_root({"--data-root=/a", "--data-root", "/b c"}) == "/b c");
}

TEST_CASE("an option is refused by engines that do not have it, and by no others") {
  struct Case {
    Words words;
    Words takes;
    Words refuses;
    std::string said;
  };
  const std::vector<Case> cases{
      {{"--cluster-store=consul://x"},
       {"19.03.15", "20.10.24"},
       {"23.0.0", "29.7.2"},
       "--cluster-store: it went with 23.0"},
      {{"--storage-driver", "overlay"},
       {"19.03.15", "23.0.6"},
       {"24.0.0", "26.1.5+dfsg1"},
       "--storage-driver overlay: it went with 24.0"},
      {{"-s", "devicemapper"}, {"24.0.9"}, {"25.0.0"}, "--storage-driver devicemapper: it went"},
      {{"--storage-opt", "dm.basesize=20G"}, {"24.0.9"}, {"25.0.0"}, "--storage-opt dm.basesize"},
      {{"--oom-score-adjust=-500"}, {"24.0.9"}, {"25.0.0"}, "it went with 25.0"},
      {{"--log-driver", "logentries"}, {"24.0.9"}, {"25.0.0"}, "--log-driver logentries"},
      {{"--tlsverify=false"}, {"26.1.5"}, {"27.0.0"}, "--tlsverify false: it went with 27.0"},
      {{"--api-cors-header=*"}, {"27.5.1"}, {"28.0.0"}, "it went with 28.0"},
      {{"--allow-nondistributable-artifacts=r"}, {"28.5.2"}, {"29.0.0-rc.1"}, "it went with 29.0"},
      {{"--label", "com.docker.x=y"}, {"19.03.15"}, {"20.10.0"}, "--label com.docker.x=y"},
      {{"--disable-legacy-registry"}, {"18.09.9"}, {"19.03.0", "29.0.0"}, "it went with 19.03"},
      {{"--max-download-attempts=3"}, {"20.10.0", "29"}, {"19.03.15"}, "it came with 20.10"},
      {{"--http-proxy=http://p"}, {"23.0.1"}, {"20.10.24"}, "it came with 23.0"},
      {{"--firewall-backend=nftables"}, {"29.0.0"}, {"28.5.2"}, "it came with 29.0"},
      {{"--storage-driver", "overlayfs"}, {"29.0.0"}, {"28.5.2"}, "it came with 29.0"},
  };
  for (const auto& [words, takes, refuses, said] : cases) {
    INFO(words[0]);
    CHECK(depends_on_version(words));
    for (const auto& version : takes) {
      INFO(version);
      CHECK_NOTHROW(check_known_to(words, version));
    }
    for (const auto& version : refuses) {
      INFO(version);
      CHECK_THROWS_WITH(check_known_to(words, version),
                        StartsWith("Docker " + version + " does not take the engine option --") &&
                            ContainsSubstring(said));
    }
    CHECK_NOTHROW(check_known_to(words, ""));
    CHECK_NOTHROW(check_known_to(words, "dev"));
  }
}

TEST_CASE("options that all engines have need no look at the version") {
  CHECK_FALSE(depends_on_version(
      {"-H", "tcp://0.0.0.0:2376", "--storage-driver", "overlay2", "--tlsverify", "--tlscacert",
       "/etc/docker/ca.pem", "--label", "a=com.docker.x", "--log-driver=json-file", "--log-opt",
       "max-size=10m", "--data-root=/d", "--mtu=1400", "--live-restore"}));
}

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/daemon_json.hpp"
#include "provision/drop_in.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

namespace {

void check(const std::string& file, const EngineOptions& options = {}) {
  check_daemon_json(file, engine_arguments(options, "generic", 2376, "overlay2"));
}

}  // namespace

TEST_CASE("a daemon.json that sets what a flag sets is refused by name") {
  CHECK_THROWS_WITH(check(R"({"storage-driver": "overlay2"})"),
                    ContainsSubstring("/etc/docker/daemon.json") &&
                        ContainsSubstring(R"("storage-driver" (--storage-driver))"));
  CHECK_THROWS_WITH(check(R"({"hosts": ["fd://"]})"), ContainsSubstring(R"("hosts" (-H))"));
  CHECK_THROWS_WITH(check(R"({"labels": [], "tlsverify": true})"),
                    ContainsSubstring(R"("tlsverify" (--tlsverify), "labels" (--label))"));
  EngineOptions options;
  options.arbitrary_flags = {"log-opt max-size=1m", "live-restore", "mtu=1400"};
  options.registry_mirror = {"https://a", "https://b"};
  CHECK_THROWS_WITH(check(R"({"log-opts": {"max-size": "2m"}})", options),
                    ContainsSubstring("log-opts"));
  CHECK_THROWS_WITH(check(R"({"live-restore": true})", options), ContainsSubstring("live-restore"));
  CHECK_THROWS_WITH(check(R"({"mtu": 1})", options), ContainsSubstring("(--mtu)"));
  CHECK_THROWS_WITH(check(R"({"registry-mirrors": []})", options),
                    ContainsSubstring("registry-mirrors"));
}

TEST_CASE("the hint names the way to leave the storage driver to the file") {
  try {
    check(R"({"storage-driver": "vfs"})");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::conflict);
    CHECK_THAT(error.hint(), ContainsSubstring("--engine-storage-driver none"));
  }
  EngineOptions options;
  options.storage_driver = "none";
  CHECK_NOTHROW(check(R"({"storage-driver": "vfs"})", options));
}

TEST_CASE("other keys, other files and broken files pass") {
  CHECK_NOTHROW(check(""));
  CHECK_NOTHROW(check("{"));
  CHECK_NOTHROW(check("[]"));
  CHECK_NOTHROW(check(R"({"live-restore": true, "log-driver": "local", "default-runtime": "x"})"));
  EngineOptions options;
  options.arbitrary_flags = {"config-file=/etc/other.json"};
  CHECK_NOTHROW(check(R"({"debug": true})", options));
}

TEST_CASE("live-restore is set beside the rest, unless someone has decided about it") {
  CHECK(live_restore_json("", {}) == "{\n  \"live-restore\": true\n}\n");
  CHECK(live_restore_json("{\"debug\": true}", {"--tlsverify"}) ==
        "{\n  \"debug\": true,\n  \"live-restore\": true\n}\n");
  CHECK(live_restore_json("{\"live-restore\": false}", {}).empty());
  CHECK(live_restore_json("[]", {}).empty());
  CHECK(live_restore_json("{", {}).empty());
  CHECK(live_restore_json("", {"--live-restore=false"}).empty());
  CHECK(live_restore_json("", {"--config-file", "/x"}).empty());
}

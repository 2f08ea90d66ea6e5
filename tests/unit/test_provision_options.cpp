// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/options.hpp"
#include "tests/support/catch.hpp"

using namespace dmachine;
using namespace dmachine::provision;

TEST_CASE("engine options of a created machine come back byte for byte") {
  const std::string text = R"({
    "ArbitraryFlags": [],
    "Dns": null,
    "GraphDir": "",
    "Env": [],
    "Ipv6": false,
    "InsecureRegistry": [],
    "Labels": [],
    "LogLevel": "",
    "StorageDriver": "",
    "SelinuxEnabled": false,
    "TlsVerify": true,
    "RegistryMirror": [],
    "InstallURL": "https://get.docker.com"
})";
  const Json json = parse_json(text);
  CHECK(to_go_json(provision::to_json(parse_engine_options(json), json)) == text);
  CHECK(to_go_json(provision::to_json(parse_engine_options(json), Json())) == text);
}

TEST_CASE("swarm options of a created machine come back byte for byte") {
  const std::string text = R"({
    "IsSwarm": false,
    "Address": "",
    "Discovery": "",
    "Agent": false,
    "Master": false,
    "Host": "tcp://0.0.0.0:3376",
    "Image": "swarm:latest",
    "Strategy": "spread",
    "Heartbeat": 0,
    "Overcommit": 0,
    "ArbitraryFlags": [],
    "ArbitraryJoinFlags": [],
    "Env": null,
    "IsExperimental": false
})";
  const Json json = parse_json(text);
  CHECK(to_go_json(provision::to_json(parse_swarm_options(json), json)) == text);
}

TEST_CASE("all engine options are read and written, unknown ones kept") {
  const Json json = parse_json(
      R"({"arbitraryflags":["mtu=1460"],"Dns":["1.1.1.1"],"GraphDir":"/g","Env":["A=b"],"Ipv6":true,"InsecureRegistry":["r:5000"],)"
      R"("Labels":["a=b"],"LogLevel":"debug","StorageDriver":"vfs","SelinuxEnabled":true,"TlsVerify":true,)"
      R"("RegistryMirror":["https://m"],"InstallURL":"u","Later":{"x":1}})");
  const EngineOptions options = parse_engine_options(json);
  CHECK(options.arbitrary_flags == std::vector<std::string>{"mtu=1460"});
  CHECK(options.dns == std::vector<std::string>{"1.1.1.1"});
  CHECK(options.graph_dir == "/g");
  CHECK(options.env == std::vector<std::string>{"A=b"});
  CHECK(options.ipv6);
  CHECK(options.insecure_registry == std::vector<std::string>{"r:5000"});
  CHECK(options.labels == std::vector<std::string>{"a=b"});
  CHECK(options.log_level == "debug");
  CHECK(options.storage_driver == "vfs");
  CHECK(options.selinux_enabled);
  CHECK(options.tls_verify);
  CHECK(options.registry_mirror == std::vector<std::string>{"https://m"});
  CHECK(options.install_url == "u");
  const Json written = provision::to_json(options, json);
  CHECK(written["ArbitraryFlags"][0] == "mtu=1460");
  CHECK(written["Later"]["x"] == 1);
  CHECK(written.back() == json["Later"]);
}

TEST_CASE("swarm options are read and written") {
  const Json json = parse_json(
      R"({"IsSwarm":true,"Address":"a","Discovery":"token://x","Agent":true,"Master":true,"Host":"tcp://h:1","Image":"i",)"
      R"("Strategy":"binpack","Heartbeat":5,"Overcommit":0.5,"ArbitraryFlags":["f"],"ArbitraryJoinFlags":["j"],"Env":["E=1"],)"
      R"("IsExperimental":true})");
  CHECK(provision::to_json(parse_swarm_options(json), Json()) == json);
}

TEST_CASE("an option of the wrong type is named") {
  CHECK_THROWS_WITH(parse_engine_options(parse_json(R"({"Ipv6":"yes"})")),
                    ContainsSubstring("Ipv6"));
  CHECK_THROWS_AS(parse_swarm_options(parse_json(R"([1])")), Error);
}

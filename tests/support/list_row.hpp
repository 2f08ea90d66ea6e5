// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/value.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::test {

/// One row of `ls` as a template sees it, the Go struct that tests/data/gotemplate_cases.json was
/// observed with.
inline gotemplate::Value list_row() {
  using namespace gotemplate;
  const auto text = [](std::string value) { return Value{std::move(value)}; };
  const auto texts = [&](const std::vector<std::string>& values) {
    auto list = std::make_shared<List>();
    list->type_name = "[]string";
    for (const auto& value : values) {
      list->elements.push_back(text(value));
    }
    return Value{std::move(list)};
  };
  const auto structure = [](const std::string& type,
                            std::vector<std::pair<std::string, Value>> fields) {
    return Value{std::make_shared<Struct>(Struct{type, std::move(fields)})};
  };
  const Value no{false};
  const Value swarm = structure("*swarm.Options", {{"IsSwarm", no},
                                                   {"Address", text("")},
                                                   {"Discovery", text("")},
                                                   {"Agent", no},
                                                   {"Master", no},
                                                   {"Host", text("tcp://0.0.0.0:3376")},
                                                   {"Image", text("swarm:latest")},
                                                   {"Strategy", text("spread")},
                                                   {"Heartbeat", Value{std::int64_t{15}}},
                                                   {"Overcommit", Value{0.5}},
                                                   {"ArbitraryFlags", texts({})},
                                                   {"ArbitraryJoinFlags", texts({})},
                                                   {"Env", texts({})},
                                                   {"IsExperimental", no}});
  const Value engine =
      structure("*engine.Options", {{"ArbitraryFlags", texts({})},
                                    {"DNS", texts({})},
                                    {"GraphDir", text("")},
                                    {"Env", texts({"A=1", "B=two words"})},
                                    {"Ipv6", no},
                                    {"InsecureRegistry", texts({})},
                                    {"Labels", texts({"tier=ci"})},
                                    {"LogLevel", text("")},
                                    {"StorageDriver", text("")},
                                    {"SelinuxEnabled", no},
                                    {"TLSVerify", Value{true}},
                                    {"RegistryMirror", texts({})},
                                    {"InstallURL", text("https://get.docker.com")}});
  return structure("commands.HostListItem",
                   {{"Name", text("alpha")},
                    {"Active", text("*")},
                    {"ActiveHost", Value{true}},
                    {"ActiveSwarm", no},
                    {"DriverName", text("google")},
                    {"State", Value{NamedInteger{1, "Running", "state.State"}}},
                    {"URL", text("tcp://192.0.2.1:2376")},
                    {"SwarmOptions", swarm},
                    {"Swarm", text("")},
                    {"EngineOptions", engine},
                    {"Error", text("")},
                    {"DockerVersion", text("v27.1.2")},
                    {"ResponseTime", Value{NamedInteger{12000000, "12ms", "time.Duration"}}}});
}

}  // namespace dmachine::test

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/swarm.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::provision {
namespace {

std::string port_of(const std::string& host) {
  const auto colon = host.rfind(':');
  const std::string port = colon == std::string::npos ? "" : host.substr(colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(Errc::invalid,
                fmt::format("invalid value \"{}\" for --swarm-host: it has no port", host),
                "tcp://0.0.0.0:3376 is the usual one");
  }
  return port;
}

/// `swarm_container NAME IMAGE OPTIONS… IMAGE COMMAND…`
std::string container(const std::string& name, const SwarmOptions& swarm,
                      std::vector<std::string> options, const std::vector<std::string>& command,
                      const std::vector<std::string>& flags) {
  options.push_back(swarm.image);
  if (swarm.is_experimental) {
    options.emplace_back("--experimental");
  }
  options.insert(options.end(), command.begin(), command.end());
  for (const auto& flag : flags) {
    options.push_back("--" + flag);
  }
  options.push_back(swarm.discovery);
  std::string line = "swarm_container " + name + " " + shell_quote(swarm.image);
  for (const auto& word : options) {
    line += " " + shell_quote(word);
  }
  return line + "\n";
}

}  // namespace

std::string swarm_step(const SwarmOptions& swarm, const std::vector<std::string>& environment,
                       std::string_view address, int engine_port) {
  if (!swarm.is_swarm) {
    return {};
  }
  for (const auto& variable : environment) {
    if (variable.find('\n') != std::string::npos) {  // a line each in the file that docker reads
      throw Error(
          Errc::invalid,
          fmt::format("the engine's variable {} cannot be given to swarm's containers: it has "
                      "more than one line",
                      variable.substr(0, variable.find('='))));
    }
  }
  std::string text = "mark phase swarm\n";
  text += "swarm_environment=" +
          shell_quote(environment.empty() ? "" : join(environment, "\n") + "\n") + "\n";
  if (swarm.master) {
    const std::string port = port_of(swarm.host);
    text += container(
        "swarm-agent-master", swarm,
        {"-v", "/etc/docker:/etc/docker", "-p", port + ":" + port, "--expose", "2375"},
        {"manage", "--tlsverify", "--tlscacert=/etc/docker/ca.pem",
         "--tlscert=/etc/docker/server.pem", "--tlskey=/etc/docker/server-key.pem", "-H",
         swarm.host, "--strategy", swarm.strategy, "--advertise", fmt::format("{}:3376", address)},
        swarm.arbitrary_flags);
  }
  if (swarm.agent) {
    text += container("swarm-agent", swarm, {},
                      {"join", "--advertise", fmt::format("{}:{}", address, engine_port)},
                      swarm.arbitrary_join_flags);
  }
  return text;
}

}  // namespace dmachine::provision

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace dmachine::provision {

/// HostOptions.EngineOptions of config.json (store.md section 2), in that order.
struct EngineOptions {
  std::vector<std::string> arbitrary_flags;    // ArbitraryFlags: --engine-opt
  std::vector<std::string> dns;                // Dns, null when empty
  std::string graph_dir;                       // GraphDir
  std::vector<std::string> env;                // Env: --engine-env
  bool ipv6 = false;                           // Ipv6
  std::vector<std::string> insecure_registry;  // InsecureRegistry
  std::vector<std::string> labels;           // Labels; the provisioner's provider=… is not stored
  std::string log_level;                     // LogLevel
  std::string storage_driver;                // StorageDriver
  bool selinux_enabled = false;              // SelinuxEnabled
  bool tls_verify = true;                    // TlsVerify
  std::vector<std::string> registry_mirror;  // RegistryMirror
  std::string install_url;                   // InstallURL
  // Keys of our own, written only when they are set. The reference drops them when it saves.
  std::string version;                     // Version: --engine-version
  std::vector<std::string> install_files;  // InstallFiles: --engine-install-file
};

EngineOptions parse_engine_options(const Json& json);
Json to_json(const EngineOptions& options, const Json& original);

/// HostOptions.SwarmOptions (legacy swarm), in the order of store.md.
struct SwarmOptions {
  bool is_swarm = false;                          // IsSwarm
  std::string address;                            // Address
  std::string discovery;                          // Discovery
  bool agent = false;                             // Agent
  bool master = false;                            // Master
  std::string host;                               // Host: tcp://0.0.0.0:3376
  std::string image;                              // Image
  std::string strategy;                           // Strategy
  std::int64_t heartbeat = 0;                     // Heartbeat
  double overcommit = 0;                          // Overcommit
  std::vector<std::string> arbitrary_flags;       // ArbitraryFlags: --swarm-opt
  std::vector<std::string> arbitrary_join_flags;  // ArbitraryJoinFlags: --swarm-join-opt
  std::vector<std::string> env;                   // Env, null when empty
  bool is_experimental = false;                   // IsExperimental
};

SwarmOptions parse_swarm_options(const Json& json);
Json to_json(const SwarmOptions& options, const Json& original);

}  // namespace dmachine::provision

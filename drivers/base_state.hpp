// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/owner.hpp"

#include <string>
#include <string_view>

namespace dmachine {

struct MachineIdentity;
struct SwarmFacts;

/// The nine keys that every driver's object in config.json begins with (store.md section 3), in
/// this order.
struct BaseState {
  std::string ip_address;    // IPAddress
  std::string machine_name;  // MachineName
  std::string ssh_user;      // SSHUser
  int ssh_port = 0;          // SSHPort; 0 is read as 22
  std::string
      ssh_key_path;  // SSHKeyPath; "" is read as the machine's id_rsa, except by generic and none
  std::string store_path;       // StorePath: STORE as given
  bool swarm_master = false;    // SwarmMaster
  std::string swarm_host;       // SwarmHost
  std::string swarm_discovery;  // SwarmDiscovery
  Owner owner;                  // Owner, not one of the nine: see put_owner
};

/// Throws Error{invalid} in Go's words on a wrong type
/// (`json: cannot unmarshal string into Go struct field Driver.SSHPort of type int`).
BaseState parse_base_state(const Json& driver);
/// Of a new machine in a cloud: its name and store, and the driver's copy of the swarm options.
BaseState new_base_state(const MachineIdentity& machine, const SwarmFacts& swarm);

/// The nine keys.
Json to_json(const BaseState& base);

/// STORE/machines/NAME/FILE, cleaned as Go's filepath.Join does.
std::string path_in_machine_folder(const BaseState& base, std::string_view file);

/// STORE/machines/NAME/id_rsa unless a path is stored.
std::string key_path_or_default(const BaseState& base);

}  // namespace dmachine

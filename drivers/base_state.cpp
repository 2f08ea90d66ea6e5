// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/base_state.hpp"

#include "core/json_fields.hpp"
#include "drivers/driver.hpp"

#include <filesystem>

namespace dmachine {

BaseState parse_base_state(const Json& driver) {
  const JsonFields fields(driver, "Driver");
  BaseState base;
  base.ip_address = fields.text("IPAddress");
  base.machine_name = fields.text("MachineName");
  base.ssh_user = fields.text("SSHUser");
  base.ssh_port = fields.small_integer("SSHPort");
  base.ssh_key_path = fields.text("SSHKeyPath");
  base.store_path = fields.text("StorePath");
  base.swarm_master = fields.boolean("SwarmMaster");
  base.swarm_host = fields.text("SwarmHost");
  base.swarm_discovery = fields.text("SwarmDiscovery");
  base.owner = parse_owner(driver);
  return base;
}

BaseState new_base_state(const MachineIdentity& machine, const SwarmFacts& swarm) {
  BaseState base;
  base.machine_name = machine.name;
  base.store_path = machine.store_path;
  base.swarm_master = swarm.master;
  base.swarm_host = swarm.host;
  base.swarm_discovery = swarm.discovery;
  return base;
}

Json to_json(const BaseState& base) {
  return Json{
      {"IPAddress", base.ip_address},
      {"MachineName", base.machine_name},
      {"SSHUser", base.ssh_user},
      {"SSHPort", base.ssh_port},
      {"SSHKeyPath", base.ssh_key_path},
      {"StorePath", base.store_path},
      {"SwarmMaster", base.swarm_master},
      {"SwarmHost", base.swarm_host},
      {"SwarmDiscovery", base.swarm_discovery},
  };
}

std::string path_in_machine_folder(const BaseState& base, std::string_view file) {
  const auto path = std::filesystem::path(base.store_path) / "machines" / base.machine_name / file;
  return path.lexically_normal().string();
}

std::string key_path_or_default(const BaseState& base) {
  return base.ssh_key_path.empty() ? path_in_machine_folder(base, "id_rsa") : base.ssh_key_path;
}

}  // namespace dmachine

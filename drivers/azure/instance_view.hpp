// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/driver.hpp"

#include <string>

/// What we read of resources. All pure; missing fields are empty. Sources: Compute,
/// VirtualMachineInstanceView; Network, PublicIPAddress and NetworkInterface.
namespace dmachine::azure {

/// `code` of the first status that begins with PowerState/, without that; empty when there is none.
std::string power_state(const Json& instance_view);

/// The machine's state that statuses mean (azure.md 5.3): by the power state, else by how far the
/// virtual machine has been made. A virtual machine that is there is never State::none.
State state_of(const Json& instance_view);

/// ipAddress, or, for those who gave a label, dnsSettings.fqdn.
std::string public_address(const Json& public_ip, bool by_name);
/// privateIPAddress of the first configuration.
std::string private_address(const Json& interface);

/// osDisk.vhd.uri of a virtual machine with an unmanaged disk.
std::string vhd_uri(const Json& virtual_machine);

/// The member at a path such as properties, osDisk, name; nullptr where it ends early.
const Json* member_at(const Json& object, std::initializer_list<std::string_view> path);
std::string text_at(const Json& object, std::initializer_list<std::string_view> path);

}  // namespace dmachine::azure

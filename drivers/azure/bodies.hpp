// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"
#include "drivers/azure/resources.hpp"
#include "drivers/azure/state.hpp"

#include <string>

/// What is sent to make each resource. All pure. Source: Azure REST API specifications, Compute
/// 2025-04-01, Network 2025-05-01, Resources 2025-04-01.
namespace dmachine::azure {

/// On everything that we make and machines share: only what has it is ever deleted again.
constexpr const char* managed_tag = "docker-machine-managed";
/// On everything that belongs to one machine: its name, and the create that made it.
constexpr const char* machine_tag = "docker-machine-name";
constexpr const char* create_tag = "docker-machine-create";
/// What rancher's fork puts on security groups of its making.
constexpr const char* rancher_tag = "rancher-managed";

/// Whether we may clean it up: it has our tag, or rancher's.
bool is_ours(const Json& resource);

Json group_body(const StoredState& state);
Json availability_set_body(const StoredState& state);

/// The rules that a machine needs, by name: SSH, engine, swarm, and the user's ports.
Json security_rules(const StoredState& state);
/// `tags`: shared_tags() or tags_of(state).
Json security_group_body(const StoredState& state, const Json& tags);
/// A group as it is, with the rules that it lacks; nothing when it has them all. Priorities that
/// are taken move on to the next free one.
std::optional<Json> with_missing_rules(Json group, const Json& rules);

/// With its subnet, so that nobody sees it without.
Json virtual_network_body(const StoredState& state);
Json subnet_body(const StoredState& state);
Json public_ip_body(const StoredState& state);
Json interface_body(const StoredState& state, const std::string& subnet_id,
                    const std::string& security_group_id, const std::string& public_ip_id);

struct VirtualMachineParts {
  std::string interface_id;
  std::string availability_set_id;  // empty: none
  std::string public_key;           // ssh-rsa AAAA…
  std::string custom_data;          // bytes; empty: none
};
Json virtual_machine_body(const StoredState& state, const VirtualMachineParts& parts);

Json shared_tags();
Json tags_of(const StoredState& state);

}  // namespace dmachine::azure

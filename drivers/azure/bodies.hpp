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

/// On everything that we make and machines share, also with --no-owner-tags: only what has it is
/// ever deleted again. What belongs to one machine has the labels of drivers/owner.hpp instead.
constexpr const char* managed_tag = "docker-machine-managed";
/// Source: Azure Resource Manager, "Use tags to organize your Azure resources", Limitations.
constexpr std::size_t most_tags = 50;
/// What rancher's fork puts on security groups of its making.
constexpr const char* rancher_tag = "rancher-managed";

/// Whether we may clean it up: it has our tag, or rancher's.
bool is_ours(const Json& resource);

Json group_body(const StoredState& state);
Json availability_set_body(const StoredState& state);

/// The rules that a machine needs, by name: SSH, engine, swarm, and the user's ports.
Json security_rules(const StoredState& state);
/// `tags`: shared_tags(state) or own_tags(state).
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

/// The mark that lets anybody clean it up, and the store that made it: no machine, no create.
Json shared_tags(const StoredState& state);
/// Whose it is; an empty object when the machine has no owner.
Json own_tags(const StoredState& state);
/// The user's tags and, where they leave room for all three, ours that have other names. Azure
/// gives them to the OS disk, too.
Json virtual_machine_tags(const StoredState& state);

}  // namespace dmachine::azure

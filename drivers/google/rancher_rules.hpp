// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/google/client.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The two opt-in firewall rules of rancher's fork: one opens the user's ports to the Internet, one
/// opens Kubernetes' ports between instances. Each is for instances with a tag of its own name,
/// says exactly what the last create asked for, and is deleted with the last instance that carries
/// its label.
namespace dmachine::google {

/// Throws Error{invalid} unless PREFIX-external-rancher-nodes is a name. "" is fine: no rule.
void check_rule_prefix(std::string_view prefix);

std::vector<std::string> rancher_rule_tags(const StoredState& state);
MetadataMap rancher_rule_labels(const StoredState& state);

void ensure_rancher_rules(const Context& ctx, Client& client, const StoredState& state);
/// Throws when a rule may be left without need.
void remove_rancher_rules(const Context& ctx, Client& client, const StoredState& state);

}  // namespace dmachine::google

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/json.hpp"
#include "drivers/azure/client.hpp"
#include "drivers/azure/state.hpp"

#include <optional>
#include <string>

/// What machines share: made by whoever needs it first, gone with the last one, while others do the
/// same. Each call is right whatever happened since the last look.
namespace dmachine::azure {

/// How a look before went; nothing: look again.
using Known = std::optional<std::optional<Json>>;

void ensure_group(const Context& ctx, Client& client, const StoredState& state);

/// The subnet's ID, once it and its network are there. A network that somebody else made is
/// extended by the subnet, and left alone but for that.
std::string ensure_subnet(const Context& ctx, Client& client, const StoredState& state,
                          Known network);

/// The set's ID; empty when the machine is in none.
std::string ensure_availability_set(const Context& ctx, Client& client, const StoredState& state,
                                    Known set);

/// The ID of the group that machines share. One of ours gets the rules that it lacks.
std::string ensure_shared_security_group(const Context& ctx, Client& client,
                                         const StoredState& state, Known group);

/// Each deletes the resource if it is ours and nothing uses it, and says what it did. Throws when
/// it cannot be known.
void clean_up_availability_set(const Context& ctx, Client& client, const StoredState& state);
void clean_up_network(const Context& ctx, Client& client, const StoredState& state);
void clean_up_security_group(const Context& ctx, Client& client, const StoredState& state);

}  // namespace dmachine::azure

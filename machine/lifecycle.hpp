// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/store.hpp"

#include <functional>
#include <string>
#include <vector>

/// Commands on several machines (cli.md section 5): all names are loaded first, and if one does not
/// load nothing is done to any; the action runs on all at once; if one fails, the failures are
/// thrown together, joined by newlines.
namespace dmachine::machine {

using Action = std::function<void(const Context&, const Store&, Machine&)>;

/// Whether another command may be at work on the machine: `wait` takes the machine's lock,
/// `read_only` does without.
enum class Locking { wait, read_only };

void for_each_machine(const Context& ctx, const Store& store, const std::vector<std::string>& names,
                      Locking locking, const Action& action);

void start(const Context& ctx, const Store& store, Machine& machine);
void stop(const Context& ctx, const Store& store, Machine& machine);
void kill(const Context& ctx, const Store& store, Machine& machine);
void restart(const Context& ctx, const Store& store, Machine& machine);
/// Brings Docker to its newest version, on a machine that is started for it when it is stopped.
void upgrade(const Context& ctx, const Store& store, Machine& machine);

}  // namespace dmachine::machine

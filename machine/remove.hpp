// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/store.hpp"

#include <string>

namespace dmachine::machine {

/// yes: a failed removal in the cloud does not keep the machine in the store (`rm -f`).
enum class Force { no, yes };

/// Removes one machine from the cloud and from the store, and prints `Successfully removed NAME`. A
/// running create of the same name is stopped first. With force the failures of loading and of the
/// cloud are printed to stderr and the machine leaves the store all the same; what the cloud did
/// not remove stays known by a tombstone (Store::keep_tombstone). Throws Error in the words of `rm`
/// (cli.md section 7): `Error removing host "A": CAUSE`, `Can't remove "A"`.
void remove(const Context& ctx, const Store& store, const std::string& name, Force force);

}  // namespace dmachine::machine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "machine/store.hpp"

#include <string>
#include <vector>

namespace dmachine::machine {

/// yes: a failed removal in the cloud does not keep the machine in the store (`rm -f`).
enum class Force { no, yes };

/// Removes machines from the cloud and from the store, side by side, and prints `Successfully
/// removed NAME` for each. A running create of the same name is stopped first. Gives the failures,
/// in the words of `rm` (cli.md section 7): `Error removing host "A": CAUSE`, `Can't remove "A"`;
/// lines and failures come in the order of the names. With force the failures are printed to stderr
/// instead, and the machine leaves the store all the same; what the cloud did not remove stays
/// known by a tombstone (machine/tombstone.hpp).
std::vector<std::string> remove(const Context& ctx, const Store& store,
                                const std::vector<std::string>& names, Force force);

}  // namespace dmachine::machine

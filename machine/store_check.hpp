// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.hpp"
#include "drivers/finding.hpp"
#include "machine/store.hpp"

#include <vector>

namespace dmachine::machine {

/// Looks at a store before a create: may it be written, is there room, are its certificates good,
/// are its machines readable and their keys private, what did failed removals leave. Changes
/// nothing.
std::vector<Finding> examine_store(const Store& store, const certs::AuthorityFiles& files);

}  // namespace dmachine::machine

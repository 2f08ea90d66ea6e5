// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/findings.hpp"
#include "core/context.hpp"
#include "machine/store.hpp"
#include "runner/config.hpp"

namespace dmachine::cli {

/// Whether the section makes machines.
bool uses_machines(const runner::Section& section);

/// Looks at all that stands in the way of the creates that a gitlab-runner would make by this
/// section: its names and words as dmachine would read them, then what the driver needs. Creates
/// nothing. Throws Cancelled alone.
Examination examine_section(const Context& ctx, const machine::Store& store,
                            const runner::Section& section);

}  // namespace dmachine::cli

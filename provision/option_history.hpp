// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::provision {

/// The daemon's command line with options under the names that all engines from 17.05 on know:
/// `--graph` and `-g` are `--data-root`.
std::vector<std::string> with_current_names(std::vector<std::string> arguments);

/// Where an engine with these arguments keeps its data.
std::string data_root(const std::vector<std::string>& arguments);

/// Whether some engines take these arguments and others do not: then the host's version matters.
bool depends_on_version(const std::vector<std::string>& arguments);

/// Throws Error{invalid} naming the first option that engine `version` ("26.1.5+dfsg1", "27.5")
/// does not have, since when, and what there is instead. A version that is no number passes.
void check_known_to(const std::vector<std::string>& arguments, std::string_view version);

}  // namespace dmachine::provision

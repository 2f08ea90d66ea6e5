// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine::cli {

/// The manual page dmachine(1) in mdoc(7), made from the tables that the help is made from. Its
/// date is SOURCE_DATE_EPOCH's, else today.
std::string man_page();

}  // namespace dmachine::cli

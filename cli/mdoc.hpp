// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dmachine::cli {

/// Characters as mdoc(7) wants them: backslashes, dashes and all that is not ASCII by name.
std::string mdoc_word(std::string_view text);

/// Text lines, a sentence each, that are no macro however they begin.
std::string mdoc_text(std::string_view text);

}  // namespace dmachine::cli

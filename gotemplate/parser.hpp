// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/expression_parser.hpp"
#include "gotemplate/node.hpp"

#include <string_view>

namespace dmachine::gotemplate {

/// Throws ParseError. `functions` are the names that may be called. `source` must outlive the
/// result.
ParsedTemplates parse_template(std::string_view source, const FunctionNames& functions);

}  // namespace dmachine::gotemplate

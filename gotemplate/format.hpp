// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/value.hpp"

#include <string>
#include <vector>

/// Go's fmt package for the values that templates meet. All throw FunctionError when the text grows
/// beyond most_text.
namespace dmachine::gotemplate {

/// What one call may make, in bytes: widths and doubled variables could fill any memory.
constexpr std::size_t most_text = 32U << 20U;

/// As fmt.Fprint writes a value (%v): `map[A:1 B:2]`, `[a b]`, shortest floats, `<nil>`.
std::string to_text(const Value& value);

/// As a template prints a value that stands by itself: `<no value>` for nil, a struct behind a
/// pointer without `&`.
std::string to_output(const Value& value);

/// fmt.Sprintf, Sprint (a blank between operands when neither is a string) and Sprintln.
std::string go_sprintf(const std::string& format, const std::vector<Value>& arguments);
std::string go_sprint(const std::vector<Value>& arguments);
std::string go_sprintln(const std::vector<Value>& arguments);

}  // namespace dmachine::gotemplate

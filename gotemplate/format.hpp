// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "gotemplate/template.hpp"

namespace dmachine::gotemplate {

/// The name of a value's Go type: `string`, `float64`, `map[string]interface {}`, …; `<nil>` for nil.
std::string go_type_name(const Value& value);

/// As fmt.Fprint writes it (%v): `map[A:1 B:2]`, `[a b]`, shortest floats, `<nil>` inside and `<no value>` on the outside.
std::string to_text(const Value& value);
/// The same for a value that is printed by itself in a template: nil gives `<no value>`.
std::string to_output(const Value& value);

/// fmt.Sprintf, Sprint (a blank between operands when neither is a string) and Sprintln.
std::string go_sprintf(const std::string& format, const std::vector<Value>& arguments);
std::string go_sprint(const std::vector<Value>& arguments);
std::string go_sprintln(const std::vector<Value>& arguments);

/// Compact JSON with sorted keys, `<>&` escaped; with an indent of 4 blanks for prettyjson.
std::string to_json_text(const Value& value, bool pretty);

}  // namespace dmachine::gotemplate

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "gotemplate/template.hpp"

namespace dmachine::gotemplate {

/// A function failed; the caller knows where in the template. The message is Go's, after `error calling NAME: `.
struct FunctionError {
  std::string message;
};

/// Names that a template may call. `and`, `or` are here too, though the executor evaluates their arguments itself.
std::set<std::string, std::less<>> function_names(Functions functions);

/// How many arguments a function takes; most < 0 means any number.
struct Arity {
  int least;
  int most;
};
Arity function_arity(const std::string& name);

/// Calls one. Throws FunctionError.
Value call_function(const std::string& name, const std::vector<Value>& arguments);

/// Whether a value counts as true in if, and, or, not.
bool is_true(const Value& value);

}  // namespace dmachine::gotemplate

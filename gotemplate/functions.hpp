// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/expression_parser.hpp"
#include "gotemplate/template.hpp"
#include "gotemplate/value.hpp"

#include <string>
#include <vector>

namespace dmachine::gotemplate {

/// A function failed; the caller knows where in the template. The message is Go's, after `error
/// calling NAME: `.
struct FunctionError {
  std::string message;
};

using Arguments = std::vector<Operand>;

/// A function that templates may call.
struct Function {
  int least;                        // arguments
  bool variadic;                    // takes more than the least
  bool wants_text;                  // its first argument must be a string (printf's format)
  Value (*call)(const Arguments&);  // null for `and` and `or`, whose arguments the evaluator asks
                                    // for one by one
};

FunctionNames function_names(Functions functions);

/// The function called `name`, which must be one of function_names.
const Function& find_function(const std::string& name);

/// The implementations, by topic.
Value call_index(const Arguments& arguments);
Value call_slice(const Arguments& arguments);
Value call_len(const Arguments& arguments);

/// eq: whether the first argument equals any other.
bool is_equal_to_any(const Arguments& arguments);
/// lt.
bool is_less(const Operand& a, const Operand& b);

std::string escape_html(const std::string& text);
std::string escape_js(const std::string& text);
/// As Go's url.QueryEscape: a blank is a plus.
std::string escape_query(const std::string& text);

}  // namespace dmachine::gotemplate

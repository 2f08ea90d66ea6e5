// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/functions.hpp"

#include "core/json.hpp"
#include "core/text.hpp"
#include "gotemplate/format.hpp"

#include <fmt/format.h>

#include <map>

namespace dmachine::gotemplate {

namespace {

std::vector<Value> values_of(const Arguments& arguments, std::size_t from = 0) {
  std::vector<Value> values;
  for (std::size_t i = from; i < arguments.size(); ++i) {
    values.push_back(arguments[i].value);
  }
  return values;
}

Value call_not(const Arguments& a) {
  return Value{!is_true(a[0].value)};
}

Value call_call(const Arguments& a) {
  const Value& value = a[0].value;
  throw FunctionError{value.is_nil() ? std::string("call of nil")
                                     : "non-function of type " + go_type_name(value)};
}

Value call_print(const Arguments& a) {
  return Value{go_sprint(values_of(a))};
}
Value call_println(const Arguments& a) {
  return Value{go_sprintln(values_of(a))};
}
Value call_printf(const Arguments& a) {
  return Value{go_sprintf(*a[0].value.get<std::string>(), values_of(a, 1))};
}

/// An argument as a template would print it: what is behind a pointer, and text for nil.
Value printable(const Value& value) {
  if (value.is_nil()) {
    return Value{to_output(value)};
  }
  const auto* structure = value.get<Struct>();
  if (structure == nullptr || !structure->is_pointer() || structure->null) {
    return value;
  }
  auto behind = std::make_shared<Struct>(*structure);
  behind->type_name.erase(0, 1);
  return Value{std::move(behind)};
}

/// What html, js and urlquery escape.
std::string text_of(const Arguments& arguments) {
  std::vector<Value> printed;
  for (const Operand& argument : arguments) {
    printed.push_back(printable(argument.value));
  }
  return go_sprint(printed);
}

Value call_html(const Arguments& a) {
  return Value{escape_html(text_of(a))};
}
Value call_js(const Arguments& a) {
  return Value{escape_js(text_of(a))};
}
Value call_urlquery(const Arguments& a) {
  return Value{escape_query(text_of(a))};
}

Value call_eq(const Arguments& a) {
  return Value{is_equal_to_any(a)};
}
Value call_ne(const Arguments& a) {
  return Value{!is_equal_to_any(a)};
}
Value call_lt(const Arguments& a) {
  return Value{is_less(a[0], a[1])};
}
Value call_le(const Arguments& a) {
  return Value{is_less(a[0], a[1]) || is_equal_to_any(a)};
}
Value call_gt(const Arguments& a) {
  return Value{!is_less(a[0], a[1]) && !is_equal_to_any(a)};
}
Value call_ge(const Arguments& a) {
  return Value{!is_less(a[0], a[1])};
}

/// Go sorts a map's keys; a struct's fields stay in their order.
Value call_json(const Arguments& a) {
  return Value{to_go_json_compact(to_json(a[0].value))};
}
Value call_prettyjson(const Arguments& a) {
  return Value{to_go_json(to_json(a[0].value))};
}

const std::map<std::string, Function, std::less<>>& table() {
  static const std::map<std::string, Function, std::less<>> functions{
      {"and", {1, true, false, nullptr}},
      {"call", {1, true, false, call_call}},
      {"eq", {1, true, false, call_eq}},
      {"ge", {2, false, false, call_ge}},
      {"gt", {2, false, false, call_gt}},
      {"html", {0, true, false, call_html}},
      {"index", {1, true, false, call_index}},
      {"js", {0, true, false, call_js}},
      {"json", {1, false, false, call_json}},
      {"le", {2, false, false, call_le}},
      {"len", {1, false, false, call_len}},
      {"lt", {2, false, false, call_lt}},
      {"ne", {2, false, false, call_ne}},
      {"not", {1, false, false, call_not}},
      {"or", {1, true, false, nullptr}},
      {"prettyjson", {1, false, false, call_prettyjson}},
      {"print", {0, true, false, call_print}},
      {"printf", {1, true, true, call_printf}},
      {"println", {0, true, false, call_println}},
      {"slice", {1, true, false, call_slice}},
      {"urlquery", {0, true, false, call_urlquery}},
  };
  return functions;
}

}  // namespace

FunctionNames function_names(Functions functions) {
  FunctionNames names;
  for (const auto& [name, function] : table()) {
    if (functions == Functions::with_json || (name != "json" && name != "prettyjson")) {
      names.insert(name);
    }
  }
  return names;
}

const Function& find_function(const std::string& name) {
  return table().find(name)->second;
}

}  // namespace dmachine::gotemplate

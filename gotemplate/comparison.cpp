// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/format.hpp"
#include "gotemplate/functions.hpp"

#include <fmt/format.h>

namespace dmachine::gotemplate {

namespace {

/// What Go compares by value; all else is `none`.
enum class Basic { boolean, integer, floating, text, none };

Basic basic_kind(const Value& value) {
  if (value.get<bool>() != nullptr) {
    return Basic::boolean;
  }
  if (value.get<std::int64_t>() != nullptr || value.get<NamedInteger>() != nullptr) {
    return Basic::integer;
  }
  if (value.get<double>() != nullptr) {
    return Basic::floating;
  }
  return value.get<std::string>() != nullptr ? Basic::text : Basic::none;
}

std::int64_t integer_of(const Value& value) {
  const auto* named = value.get<NamedInteger>();
  return named != nullptr ? named->number : *value.get<std::int64_t>();
}

/// Lists, maps, structs and nil: equal only as nil or as the same thing behind a pointer.
bool equal_others(const Value& a, const Value& b) {
  if (a.is_nil() || b.is_nil()) {
    return a.is_nil() && b.is_nil();
  }
  if (a.data.index() != b.data.index()) {
    // The order of type and value is Go's slip.
    throw FunctionError{fmt::format("non-comparable types {}: {}, {}: {}", go_sprintf("%s", {a}),
                                    go_type_name(a), go_type_name(b), to_text(b))};
  }
  if (a.get<Struct>() == nullptr) {
    throw FunctionError{
        fmt::format("non-comparable type {}: {}", go_sprintf("%s", {b}), go_type_name(b))};
  }
  return a.get<Struct>() == b.get<Struct>() || (a.get<Struct>()->null && b.get<Struct>()->null);
}

bool is_equal(const Value& a, const Value& b) {
  const Basic kind = basic_kind(a);
  if (kind != basic_kind(b)) {
    if (!a.is_nil() && !b.is_nil()) {
      throw FunctionError{"incompatible types for comparison"};
    }
    return false;
  }
  switch (kind) {
    case Basic::boolean:
      return *a.get<bool>() == *b.get<bool>();
    case Basic::integer:
      return integer_of(a) == integer_of(b);
    case Basic::floating:
      return *a.get<double>() == *b.get<double>();
    case Basic::text:
      return *a.get<std::string>() == *b.get<std::string>();
    default:
      return equal_others(a, b);
  }
}

}  // namespace

bool is_equal_to_any(const Arguments& arguments) {
  if (arguments.size() < 2) {
    throw FunctionError{"missing argument for comparison"};
  }
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (is_equal(arguments[0].value, arguments[i].value)) {
      return true;
    }
  }
  return false;
}

bool is_less(const Operand& a, const Operand& b) {
  const Basic kind = basic_kind(a.value);
  const Basic other = basic_kind(b.value);
  if (kind == Basic::none || other == Basic::none || (kind == Basic::boolean && other == kind)) {
    throw FunctionError{"invalid type for comparison"};
  }
  if (kind != other) {
    throw FunctionError{"incompatible types for comparison"};
  }
  switch (kind) {
    case Basic::integer:
      return integer_of(a.value) < integer_of(b.value);
    case Basic::floating:
      return *a.value.get<double>() < *b.value.get<double>();
    default:
      return *a.value.get<std::string>() < *b.value.get<std::string>();
  }
}

}  // namespace dmachine::gotemplate

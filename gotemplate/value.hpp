// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/json.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dmachine::gotemplate {

struct Value;

/// A Go slice. Elements of a []interface {} are seen through an interface, which messages then
/// name; those of a []string are not.
struct List {
  std::vector<Value> elements;
  std::string type_name = "[]interface {}";
};

/// A Go map[string]interface {}: a missing key gives `<no value>`, printing is sorted by key.
struct Map {
  std::map<std::string, Value> members;
};

/// A Go struct, or a pointer to one when the type's name begins with `*`: an unknown field is an
/// error that names the type
/// (`can't evaluate field Nope in type commands.HostListItem`).
struct Struct {
  std::string type_name;
  std::vector<std::pair<std::string, Value>> fields;
  bool null = false;  // a pointer that is nil: `<nil>`, false, and without fields to ask for

  bool is_pointer() const { return !type_name.empty() && type_name[0] == '*'; }
};

/// An integer type other than int: Go's state.State and time.Duration have a String method, so they
/// print as that text and %d as the number; a byte of a string (uint8) has none.
struct NamedInteger {
  std::int64_t number = 0;
  std::optional<std::string> text;
  std::string type_name;
};

/// Any value a template can meet. std::monostate is nil.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, NamedInteger,
               std::shared_ptr<List>, std::shared_ptr<Map>, std::shared_ptr<Struct>>
      data;

  bool is_nil() const { return std::holds_alternative<std::monostate>(data); }
  /// The alternative T, or nullptr. For lists, maps and structs what the pointer points to.
  template <typename T>
  const T* get() const {
    if constexpr (std::is_same_v<T, List> || std::is_same_v<T, Map> || std::is_same_v<T, Struct>) {
      const auto* pointer = std::get_if<std::shared_ptr<T>>(&data);
      return pointer != nullptr ? pointer->get() : nullptr;
    } else {
      return std::get_if<T>(&data);
    }
  }
};

/// A value on its way through an expression. `boxed`: Go sees it as an interface {} (it came out of
/// a map or list), which messages then name. Nil that is not boxed is Go's invalid value: a missing
/// key, and all below it.
struct Operand {
  Value value;
  bool boxed = false;

  bool is_invalid() const { return value.is_nil() && !boxed; }
};

/// As Go decodes JSON into interface {}: every number is a float64, objects are maps.
Value from_json(const Json& json);

/// As encoding/json sees a value: fields and keys as members, a named integer as its number.
Json to_json(const Value& value);

/// The name of a value's Go type: `string`, `float64`, `map[string]interface {}`, …; `<nil>` for
/// nil.
std::string go_type_name(const Value& value);

/// Whether a value counts as true in if, and, or, not.
bool is_true(const Value& value);

}  // namespace dmachine::gotemplate

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/value.hpp"

#include "core/json_exact.hpp"

#include <type_traits>

namespace dmachine::gotemplate {

Value from_json(const Json& json) {
  if (json.is_object()) {
    auto map = std::make_shared<Map>();
    for (const auto& item : json.items()) {
      map->members[item.key()] = from_json(item.value());
    }
    return Value{std::move(map)};
  }
  if (json.is_array()) {
    auto list = std::make_shared<List>();
    for (const Json& element : json) {
      list->elements.push_back(from_json(element));
    }
    return Value{std::move(list)};
  }
  if (json.is_string()) {
    return Value{json.get<std::string>()};
  }
  if (json.is_boolean()) {
    return Value{json.get<bool>()};
  }
  if (const auto text = find_number_text(json)) {
    return Value{Json::parse(*text).get<double>()};
  }
  return json.is_number() ? Value{json.get<double>()} : Value{};
}

namespace {

struct ToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const NamedInteger& integer) const { return integer.number; }
  Json operator()(const std::shared_ptr<List>& list) const {
    Json array = Json::array();
    for (const Value& element : list->elements) {
      array.push_back(to_json(element));
    }
    return array;
  }
  Json operator()(const std::shared_ptr<Map>& map) const { return object(map->members); }
  Json operator()(const std::shared_ptr<Struct>& structure) const {
    return structure->null ? Json() : object(structure->fields);
  }
  template <typename Scalar>
  Json operator()(const Scalar& scalar) const {
    return scalar;
  }

  template <typename Pairs>
  static Json object(const Pairs& pairs) {
    Json object = Json::object();
    for (const auto& [name, value] : pairs) {
      object.push_back({name, to_json(value)});
    }
    return object;
  }
};

struct TypeName {
  std::string operator()(std::monostate) const { return "<nil>"; }
  std::string operator()(bool) const { return "bool"; }
  std::string operator()(std::int64_t) const { return "int"; }
  std::string operator()(double) const { return "float64"; }
  std::string operator()(const std::string&) const { return "string"; }
  std::string operator()(const NamedInteger& integer) const { return integer.type_name; }
  std::string operator()(const std::shared_ptr<List>& list) const { return list->type_name; }
  std::string operator()(const std::shared_ptr<Map>&) const { return "map[string]interface {}"; }
  std::string operator()(const std::shared_ptr<Struct>& structure) const {
    return structure->type_name;
  }
};

struct Truth {
  bool operator()(std::monostate) const { return false; }
  bool operator()(const std::string& text) const { return !text.empty(); }
  bool operator()(const NamedInteger& integer) const { return integer.number != 0; }
  bool operator()(const std::shared_ptr<List>& list) const { return !list->elements.empty(); }
  bool operator()(const std::shared_ptr<Map>& map) const { return !map->members.empty(); }
  bool operator()(const std::shared_ptr<Struct>& structure) const { return !structure->null; }
  template <typename Scalar>
  bool operator()(const Scalar& scalar) const {
    return scalar != 0;
  }
};

}  // namespace

Json to_json(const Value& value) {
  return std::visit(ToJson{}, value.data);
}

std::string go_type_name(const Value& value) {
  return std::visit(TypeName{}, value.data);
}

bool is_true(const Value& value) {
  return std::visit(Truth{}, value.data);
}

}  // namespace dmachine::gotemplate

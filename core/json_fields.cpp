// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/json_fields.hpp"

#include "core/error.hpp"
#include "core/json_exact.hpp"

#include <fmt/format.h>

#include <limits>

namespace dmachine {

namespace {

/// The value in the words of Go's UnmarshalTypeError, which names numbers that an integer cannot
/// hold.
std::string described(const Json& value, std::string_view wanted_type) {
  const bool with_digits = json_kind(value) == "number" && wanted_type.substr(0, 3) == "int";
  return with_digits ? "number " + to_go_json(value) : std::string(json_kind(value));
}

/// Go has two kinds of empty lists, written null and []; each stays what the file said.
void keep_empty_lists(Json& known, const Json& original) {
  for (const auto& item : known.items()) {
    Json& value = item.value();
    const bool was_list = value.is_array() && value.empty();
    if (original.empty() || (!was_list && !value.is_null())) {
      continue;
    }
    const Json* stored = find_member(original, item.key());
    if (stored != nullptr && stored->is_array() && stored->empty()) {
      value = Json::array();
    } else if (was_list && (stored == nullptr || stored->is_null())) {
      value = nullptr;
    }
  }
}

}  // namespace

JsonFields::JsonFields(const Json& object, std::string_view struct_name)
    : object_(object), struct_name_(struct_name) {
  if (!object.is_object() && !object.is_null()) {
    throw Error(Errc::invalid, fmt::format("json: cannot unmarshal {} into Go value of type {}",
                                           json_kind(object), struct_name));
  }
}

void JsonFields::wrong_type(const Json& value, std::string_view key, std::string_view type) const {
  throw Error(Errc::invalid,
              fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}",
                          described(value, type), struct_name_, key, type));
}

std::string JsonFields::text(std::string_view key) const {
  const Json* value = find_member(object_, key);
  if (value == nullptr || value->is_null()) {
    return {};
  }
  if (!value->is_string()) {
    wrong_type(*value, key, "string");
  }
  return value->get<std::string>();
}

std::int64_t JsonFields::integer(std::string_view key) const {
  const Json* value = find_member(object_, key);
  if (value == nullptr || value->is_null() || find_number_text(*value) == "-0") {
    return 0;
  }
  const bool too_large = value->is_number_unsigned() &&
                         value->get<std::uint64_t>() >
                             static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!value->is_number_integer() || too_large) {
    wrong_type(*value, key, "int");
  }
  return value->get<std::int64_t>();
}

int JsonFields::small_integer(std::string_view key) const {
  const std::int64_t value = integer(key);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
    wrong_type(*find_member(object_, key), key, "int");
  }
  return static_cast<int>(value);
}

bool JsonFields::boolean(std::string_view key) const {
  const Json* value = find_member(object_, key);
  if (value == nullptr || value->is_null()) {
    return false;
  }
  if (!value->is_boolean()) {
    wrong_type(*value, key, "bool");
  }
  return value->get<bool>();
}

double JsonFields::number(std::string_view key) const {
  const Json* value = find_member(object_, key);
  if (value == nullptr || value->is_null()) {
    return 0;
  }
  if (const auto text = find_number_text(*value)) {
    return Json::parse(*text).get<double>();
  }
  if (!value->is_number()) {
    wrong_type(*value, key, "float64");
  }
  return value->get<double>();
}

std::vector<std::string> JsonFields::texts(std::string_view key) const {
  const Json* value = find_member(object_, key);
  if (value == nullptr || value->is_null()) {
    return {};
  }
  if (!value->is_array()) {
    wrong_type(*value, key, "[]string");
  }
  std::vector<std::string> all;
  for (const Json& element : *value) {
    if (element.is_null()) {
      all.emplace_back();
    } else if (element.is_string()) {
      all.push_back(element.get<std::string>());
    } else {
      wrong_type(element, key, "string");
    }
  }
  return all;
}

bool JsonFields::is_null(std::string_view key) const {
  const Json* value = find_member(object_, key);
  return value == nullptr || value->is_null();
}

Json keep_unknown(Json known, const Json& original) {
  if (original.is_object()) {
    for (const auto& item : original.items()) {
      if (find_member(known, item.key()) == nullptr) {
        known[item.key()] = item.value();
      }
    }
    keep_empty_lists(known, original);
  }
  return known;
}

Json null_when_empty(const std::vector<std::string>& list) {
  return list.empty() ? Json() : Json(list);
}

}  // namespace dmachine

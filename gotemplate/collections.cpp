// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::gotemplate {

namespace {

/// An index from 0 to `most`, which is included as in Go's own check.
std::size_t parse_index(const Value& index, std::size_t most) {
  std::int64_t at = 0;
  if (const auto* integer = index.get<std::int64_t>()) {
    at = *integer;
  } else if (const auto* named = index.get<NamedInteger>()) {
    at = named->number;
  } else {
    throw FunctionError{index.is_nil()
                            ? "cannot index slice/array with nil"
                            : "cannot index slice/array with type " + go_type_name(index)};
  }
  if (at < 0 || static_cast<std::uint64_t>(at) > most) {
    throw FunctionError{fmt::format("index out of range: {}", at)};
  }
  return static_cast<std::size_t>(at);
}

Value byte_at(const std::string& text, const Value& index) {
  const std::size_t at = parse_index(index, text.size());
  if (at == text.size()) {
    throw FunctionError{"reflect: string index out of range"};
  }
  return Value{NamedInteger{static_cast<unsigned char>(text[at]), std::nullopt, "uint8"}};
}

Value element_at(const List& list, const Value& index) {
  const std::size_t at = parse_index(index, list.elements.size());
  if (at == list.elements.size()) {
    throw FunctionError{"reflect: slice index out of range"};
  }
  return list.elements[at];
}

Value member_at(const Map& map, const Value& key) {
  const auto* name = key.get<std::string>();
  if (name == nullptr) {
    throw FunctionError{
        key.is_nil() ? "value is nil; should be of type string"
                     : fmt::format("value has type {}; should be string", go_type_name(key))};
  }
  const auto found = map.members.find(*name);
  return found == map.members.end() ? Value{} : found->second;
}

Value index_once(const Value& item, const Value& index) {
  if (item.is_nil()) {
    throw FunctionError{"index of nil pointer"};
  }
  if (const auto* list = item.get<List>()) {
    return element_at(*list, index);
  }
  if (const auto* text = item.get<std::string>()) {
    return byte_at(*text, index);
  }
  if (const auto* map = item.get<Map>()) {
    return member_at(*map, index);
  }
  std::string type = go_type_name(item);
  type.erase(0, type[0] == '*' ? 1 : 0);  // Go looks behind the pointer
  throw FunctionError{"can't index item of type " + type};
}

}  // namespace

Value call_index(const Arguments& arguments) {
  if (arguments[0].value.is_nil()) {
    throw FunctionError{"index of untyped nil"};
  }
  Value item = arguments[0].value;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    item = index_once(item, arguments[i].value);
  }
  return item;
}

Value call_slice(const Arguments& arguments) {
  const Value& item = arguments[0].value;
  if (item.is_nil()) {
    throw FunctionError{"slice of untyped nil"};
  }
  const std::size_t count = arguments.size() - 1;
  if (count > 3) {
    throw FunctionError{fmt::format("too many slice indexes: {}", count)};
  }
  const auto* text = item.get<std::string>();
  const auto* list = item.get<List>();
  if (text != nullptr && count == 3) {
    throw FunctionError{"cannot 3-index slice a string"};
  }
  if (text == nullptr && list == nullptr) {
    throw FunctionError{"can't slice item of type " + go_type_name(item)};
  }
  const std::size_t size = text != nullptr ? text->size() : list->elements.size();
  std::array<std::size_t, 3> bounds{
      0, size, size};  // the third is a capacity and changes nothing we can see
  for (std::size_t i = 0; i < count; ++i) {
    const Operand& index = arguments[i + 1];
    if (index.boxed) {  // Go does not look into the interface here, as it does in index
      throw FunctionError{"cannot index slice/array with type interface {}"};
    }
    bounds[i] = parse_index(index.value, size);
  }
  for (std::size_t i = 0; i + 1 < std::max<std::size_t>(count, 2); ++i) {
    if (bounds[i] > bounds[i + 1]) {
      throw FunctionError{fmt::format("invalid slice index: {} > {}", bounds[i], bounds[i + 1])};
    }
  }
  if (text != nullptr) {
    return Value{text->substr(bounds[0], bounds[1] - bounds[0])};
  }
  const auto begin = list->elements.begin();
  auto part = std::make_shared<List>();
  part->type_name = list->type_name;
  part->elements.assign(begin + static_cast<std::ptrdiff_t>(bounds[0]),
                        begin + static_cast<std::ptrdiff_t>(bounds[1]));
  return Value{std::move(part)};
}

Value call_len(const Arguments& arguments) {
  const Value& item = arguments[0].value;
  const auto size = [](std::size_t count) { return Value{static_cast<std::int64_t>(count)}; };
  if (const auto* text = item.get<std::string>()) {
    return size(text->size());
  }
  if (const auto* list = item.get<List>()) {
    return size(list->elements.size());
  }
  if (const auto* map = item.get<Map>()) {
    return size(map->members.size());
  }
  if (item.is_nil()) {
    throw FunctionError{arguments[0].boxed ? "len of nil pointer"
                                           : "reflect: call of reflect.Value.Type on zero Value"};
  }
  std::string type = go_type_name(item);
  type.erase(0, type[0] == '*' ? 1 : 0);
  throw FunctionError{"len of type " + type};
}

}  // namespace dmachine::gotemplate

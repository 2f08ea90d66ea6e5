// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/functions.hpp"

#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "core/text.hpp"
#include "gotemplate/format.hpp"
#include "gotemplate/literal.hpp"

namespace dmachine::gotemplate {

namespace {

using Arguments = std::vector<Value>;

bool is_nil(const Value& value) { return std::holds_alternative<std::monostate>(value.data); }

// --- comparison -------------------------------------------------------------------------------------------------------------

enum class Basic { boolean, integer, floating, text, none };

Basic basic_kind(const Value& value) {
  if (std::holds_alternative<bool>(value.data)) {
    return Basic::boolean;
  }
  if (std::holds_alternative<std::int64_t>(value.data) || std::holds_alternative<NamedInteger>(value.data)) {
    return Basic::integer;
  }
  if (std::holds_alternative<double>(value.data)) {
    return Basic::floating;
  }
  return std::holds_alternative<std::string>(value.data) ? Basic::text : Basic::none;
}

std::int64_t integer_of(const Value& value) {
  const auto* named = std::get_if<NamedInteger>(&value.data);
  return named != nullptr ? named->number : std::get<std::int64_t>(value.data);
}

bool equal(const Value& a, const Value& b) {
  if (is_nil(a) || is_nil(b)) {
    return is_nil(a) && is_nil(b);
  }
  const Basic kind = basic_kind(a);
  if (kind == Basic::none) {
    throw FunctionError{fmt::format("uncomparable type {}: {}", go_type_name(a), to_text(a))};
  }
  if (kind != basic_kind(b)) {
    throw FunctionError{"incompatible types for comparison"};
  }
  switch (kind) {
    case Basic::boolean:
      return std::get<bool>(a.data) == std::get<bool>(b.data);
    case Basic::integer:
      return integer_of(a) == integer_of(b);
    case Basic::floating:
      return std::get<double>(a.data) == std::get<double>(b.data);
    default:
      return std::get<std::string>(a.data) == std::get<std::string>(b.data);
  }
}

bool less(const Value& a, const Value& b) {
  const Basic kind = basic_kind(a);
  if (kind == Basic::none || kind == Basic::boolean || basic_kind(b) == Basic::none) {
    throw FunctionError{"invalid type for comparison"};
  }
  if (kind != basic_kind(b)) {
    throw FunctionError{"incompatible types for comparison"};
  }
  switch (kind) {
    case Basic::integer:
      return integer_of(a) < integer_of(b);
    case Basic::floating:
      return std::get<double>(a.data) < std::get<double>(b.data);
    default:
      return std::get<std::string>(a.data) < std::get<std::string>(b.data);
  }
}

Value call_eq(const Arguments& arguments) {
  if (arguments.size() < 2) {
    throw FunctionError{"missing argument for comparison"};
  }
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (equal(arguments[0], arguments[i])) {
      return Value{true};
    }
  }
  return Value{false};
}

// --- collections ------------------------------------------------------------------------------------------------------------

std::size_t checked_index(const Value& index, std::size_t size) {
  if (is_nil(index)) {
    throw FunctionError{"cannot index slice/array with nil"};
  }
  if (basic_kind(index) != Basic::integer) {
    throw FunctionError{fmt::format("cannot index slice/array with type {}", go_type_name(index))};
  }
  const std::int64_t at = integer_of(index);
  if (at < 0 || static_cast<std::uint64_t>(at) >= size) {
    throw FunctionError{fmt::format("index out of range: {}", at)};
  }
  return static_cast<std::size_t>(at);
}

Value index_once(const Value& item, const Value& index) {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item.data)) {
    return (**list)[checked_index(index, (*list)->size())];
  }
  if (const auto* text = std::get_if<std::string>(&item.data)) {
    return Value{static_cast<std::int64_t>(static_cast<unsigned char>((*text)[checked_index(index, text->size())]))};
  }
  if (const auto* map = std::get_if<std::shared_ptr<Map>>(&item.data)) {
    const auto* key = std::get_if<std::string>(&index.data);
    if (key == nullptr) {
      throw FunctionError{is_nil(index) ? std::string("value is nil; should be of type string")
                                        : fmt::format("value has type {}; should be string", go_type_name(index))};
    }
    const auto found = (*map)->members.find(*key);
    return found == (*map)->members.end() ? Value{} : found->second;
  }
  throw FunctionError{is_nil(item) ? std::string("index of nil pointer")
                                   : fmt::format("can't index item of type {}", go_type_name(item))};
}

Value call_index(const Arguments& arguments) {
  if (is_nil(arguments[0])) {
    throw FunctionError{"index of untyped nil"};
  }
  Value item = arguments[0];
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    item = index_once(item, arguments[i]);
  }
  return item;
}

Value call_slice(const Arguments& arguments) {
  const Value& item = arguments[0];
  if (is_nil(item)) {
    throw FunctionError{"slice of untyped nil"};
  }
  if (arguments.size() > 4) {
    throw FunctionError{fmt::format("too many slice indexes: {}", arguments.size() - 1)};
  }
  const auto* text = std::get_if<std::string>(&item.data);
  const auto* list = std::get_if<std::shared_ptr<List>>(&item.data);
  if (text == nullptr && list == nullptr) {
    throw FunctionError{fmt::format("can't slice item of type {}", go_type_name(item))};
  }
  if (text != nullptr && arguments.size() == 4) {
    throw FunctionError{"cannot 3-index slice a string"};
  }
  const std::size_t size = text != nullptr ? text->size() : (*list)->size();
  std::size_t from = arguments.size() > 1 ? checked_index(arguments[1], size + 1) : 0;
  std::size_t to = arguments.size() > 2 ? checked_index(arguments[2], size + 1) : size;
  if (from > to) {
    throw FunctionError{fmt::format("invalid slice index: {} > {}", from, to)};
  }
  if (text != nullptr) {
    return Value{text->substr(from, to - from)};
  }
  const auto begin = (*list)->begin();
  return Value{std::make_shared<List>(begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to))};
}

Value call_len(const Arguments& arguments) {
  const Value& item = arguments[0];
  const auto size = [](std::size_t count) { return Value{static_cast<std::int64_t>(count)}; };
  if (const auto* text = std::get_if<std::string>(&item.data)) {
    return size(text->size());
  }
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item.data)) {
    return size((*list)->size());
  }
  if (const auto* map = std::get_if<std::shared_ptr<Map>>(&item.data)) {
    return size((*map)->members.size());
  }
  throw FunctionError{is_nil(item) ? std::string("len of nil pointer")
                                   : fmt::format("len of type {}", go_type_name(item))};
}

// --- text -------------------------------------------------------------------------------------------------------------------

/// One text from the arguments: a single string as it is, else as Sprint.
std::string joined(const Arguments& arguments) {
  if (arguments.size() == 1 && is_nil(arguments[0])) {
    return "<no value>";
  }
  return go_sprint(arguments);
}

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string escape_js(const std::string& text) {
  static const std::map<char, const char*> special{{'\\', "\\\\"},    {'\'', "\\'"},     {'"', "\\\""},   {'<', "\\u003C"},
                                                   {'>', "\\u003E"}, {'&', "\\u0026"}, {'=', "\\u003D"}};
  std::string out;
  for (const char c : text) {
    const auto found = special.find(c);
    if (found != special.end()) {
      out += found->second;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

/// url.QueryEscape: a blank is a plus.
std::string escape_query(const std::string& text) { return replace_all(url_encode(text), "%20", "+"); }

Value call_printf(const Arguments& arguments) {
  const auto* format = std::get_if<std::string>(&arguments[0].data);
  if (format == nullptr) {
    throw FunctionError{fmt::format("wrong type for value; expected string; got {}", go_type_name(arguments[0]))};
  }
  return Value{go_sprintf(*format, Arguments(arguments.begin() + 1, arguments.end()))};
}

struct Function {
  Arity arity;
  Value (*call)(const Arguments&);
};

const std::map<std::string, Function, std::less<>>& table() {
  static const std::map<std::string, Function, std::less<>> functions{
      {"and", {{1, -1}, nullptr}},  // the executor's: they do not evaluate what does not matter
      {"or", {{1, -1}, nullptr}},
      {"not", {{1, 1}, [](const Arguments& a) { return Value{!is_true(a[0])}; }}},
      {"call", {{1, -1}, [](const Arguments& a) -> Value {
                  throw FunctionError{is_nil(a[0]) ? std::string("call of nil")
                                                   : fmt::format("non-function of type {}", go_type_name(a[0]))};
                }}},
      {"len", {{1, 1}, call_len}},
      {"index", {{1, -1}, call_index}},
      {"slice", {{1, -1}, call_slice}},
      {"print", {{0, -1}, [](const Arguments& a) { return Value{go_sprint(a)}; }}},
      {"println", {{0, -1}, [](const Arguments& a) { return Value{go_sprintln(a)}; }}},
      {"printf", {{1, -1}, call_printf}},
      {"html", {{0, -1}, [](const Arguments& a) { return Value{escape_html(joined(a))}; }}},
      {"js", {{0, -1}, [](const Arguments& a) { return Value{escape_js(joined(a))}; }}},
      {"urlquery", {{0, -1}, [](const Arguments& a) { return Value{escape_query(joined(a))}; }}},
      {"eq", {{1, -1}, call_eq}},
      {"ne", {{2, 2}, [](const Arguments& a) { return Value{!equal(a[0], a[1])}; }}},
      {"lt", {{2, 2}, [](const Arguments& a) { return Value{less(a[0], a[1])}; }}},
      {"le", {{2, 2}, [](const Arguments& a) { return Value{less(a[0], a[1]) || equal(a[0], a[1])}; }}},
      {"gt", {{2, 2}, [](const Arguments& a) { return Value{!(less(a[0], a[1]) || equal(a[0], a[1]))}; }}},
      {"ge", {{2, 2}, [](const Arguments& a) { return Value{!less(a[0], a[1])}; }}},
      {"json", {{1, 1}, [](const Arguments& a) { return Value{to_json_text(a[0], false)}; }}},
      {"prettyjson", {{1, 1}, [](const Arguments& a) { return Value{to_json_text(a[0], true)}; }}},
  };
  return functions;
}

}  // namespace

bool is_true(const Value& value) {
  return std::visit(
      [](const auto& data) -> bool {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, std::monostate>) {
          return false;
        } else if constexpr (std::is_same_v<Data, std::string>) {
          return !data.empty();
        } else if constexpr (std::is_same_v<Data, NamedInteger>) {
          return data.number != 0;
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<List>>) {
          return !data->empty();
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<Map>>) {
          return !data->members.empty();
        } else if constexpr (std::is_same_v<Data, std::shared_ptr<Struct>>) {
          return true;
        } else {
          return data != 0;
        }
      },
      value.data);
}

std::set<std::string, std::less<>> function_names(Functions functions) {
  std::set<std::string, std::less<>> names;
  for (const auto& [name, function] : table()) {
    if (functions == Functions::with_json || (name != "json" && name != "prettyjson")) {
      names.insert(name);
    }
  }
  return names;
}

Arity function_arity(const std::string& name) { return table().find(name)->second.arity; }

Value call_function(const std::string& name, const std::vector<Value>& arguments) {
  return table().find(name)->second.call(arguments);
}

}  // namespace dmachine::gotemplate

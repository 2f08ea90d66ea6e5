// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/printer.hpp"

#include "core/utf8.hpp"
#include "gotemplate/format.hpp"
#include "gotemplate/functions.hpp"

#include <utility>

namespace dmachine::gotemplate {

void Printer::add(std::string_view text) {
  out_ += text;
  if (out_.size() > most_text) {
    throw FunctionError{"the text is too large"};
  }
}

void Printer::print(const Flags& flags, char32_t verb, const Value& value) {
  flags_ = flags;
  verb_ = verb;
  if (value.is_nil()) {
    if (verb == U'v' || verb == U'T') {
      add(pad(flags, "<nil>"));
    } else {
      complain(value);
    }
  } else if (verb == U'T') {
    add(format_string(flags, U's', go_type_name(value)).value_or(""));
  } else {
    print_value(value, 0);
  }
}

void Printer::print_value(const Value& value, int depth) {
  if (value.is_nil()) {
    add(flags_.sharp_v ? "interface {}(nil)" : "<nil>");
  } else if (const auto* text = value.get<std::string>()) {
    add_or_complain(format_string(flags_, verb_, *text), value);
  } else if (const auto* number = value.get<double>()) {
    add_or_complain(format_float(flags_, verb_, *number), value);
  } else if (const auto* integer = value.get<std::int64_t>()) {
    add_or_complain(format_integer(flags_, verb_, *integer, true), value);
  } else if (const auto* flag = value.get<bool>()) {
    add_or_complain(format_boolean(flags_, verb_, *flag), value);
  } else if (const auto* named = value.get<NamedInteger>()) {
    print_integer(*named, value);
  } else if (verb_ == U'w' || verb_ == U'p') {
    complain(value);
  } else if (const auto* list = value.get<List>()) {
    print_list(*list, depth);
  } else if (const auto* map = value.get<Map>()) {
    print_map(*map, depth);
  } else {
    print_struct(*value.get<Struct>(), depth);
  }
}

void Printer::print_integer(const NamedInteger& integer, const Value& value) {
  const bool wants_text = std::u32string_view(U"vsqxX").find(verb_) != std::u32string_view::npos;
  if (integer.text && wants_text && !flags_.sharp_v && !complaining_) {
    add_or_complain(format_string(flags_, verb_, *integer.text), value);
  } else {
    add_or_complain(format_integer(flags_, verb_, integer.number, integer.type_name != "uint8"),
                    value);
  }
}

void Printer::print_list(const List& list, int depth) {
  add(flags_.sharp_v ? list.type_name + "{" : "[");
  bool first = true;
  for (const Value& element : list.elements) {
    add(std::exchange(first, false) ? "" : flags_.sharp_v ? ", " : " ");
    print_value(element, depth + 1);
  }
  add(flags_.sharp_v ? "}" : "]");
}

void Printer::print_map(const Map& map, int depth) {
  add(flags_.sharp_v ? "map[string]interface {}{" : "map[");
  bool first = true;
  for (const auto& [key, member] : map.members) {
    add(std::exchange(first, false) ? "" : flags_.sharp_v ? ", " : " ");
    print_value(Value{key}, depth + 1);
    add(":");
    print_value(member, depth + 1);
  }
  add(flags_.sharp_v ? "}" : "]");
}

void Printer::print_struct(const Struct& structure, int depth) {
  if (structure.null) {
    add("<nil>");
    return;
  }
  add(structure.is_pointer() ? "&"
                             : "");  // Go shows an inner pointer's address, which helps nobody
  add(flags_.sharp_v ? structure.type_name.substr(structure.is_pointer() ? 1 : 0) : "");
  add("{");
  bool first = true;
  for (const auto& [name, field] : structure.fields) {
    add(std::exchange(first, false) ? "" : flags_.sharp_v ? ", " : " ");
    add(flags_.plus_v || flags_.sharp_v ? name + ":" : "");
    print_value(field, depth + 1);
  }
  add("}");
}

void Printer::add_or_complain(const std::optional<std::string>& text, const Value& value) {
  if (text) {
    add(*text);
  } else {
    complain(value);
  }
}

/// %!d(string=x)
void Printer::complain(const Value& value) {
  std::string verb;
  append_utf8(verb, verb_);
  add("%!" + verb + "(");
  if (value.is_nil()) {
    add("<nil>");
  } else {
    add(go_type_name(value) + "=");
    const auto outer_verb = std::exchange(verb_, U'v');
    const auto outer_complaining = std::exchange(complaining_, true);
    print_value(value, 0);
    verb_ = outer_verb;
    complaining_ = outer_complaining;
  }
  add(")");
}

}  // namespace dmachine::gotemplate

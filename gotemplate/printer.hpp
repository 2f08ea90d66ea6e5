// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/value.hpp"
#include "gotemplate/verbs.hpp"

#include <string>

namespace dmachine::gotemplate {

/// Prints whole values by one verb: lists, maps and structs apply it to each element.
class Printer {
 public:
  /// A value that stands by itself.
  void print(const Flags& flags, char32_t verb, const Value& value);

  /// Adds text as it is. Throws FunctionError when there is too much of it.
  void add(std::string_view text);

  std::string take() { return std::move(out_); }

 private:
  void print_value(const Value& value, int depth);
  void print_integer(const NamedInteger& integer, const Value& value);
  void print_list(const List& list, int depth);
  void print_map(const Map& map, int depth);
  void print_struct(const Struct& structure, int depth);
  void add_or_complain(const std::optional<std::string>& text, const Value& value);
  void complain(const Value& value);

  Flags flags_;
  char32_t verb_ = U'v';
  bool complaining_ = false;  // inside %!d(string=…), where values print without their methods
  std::string out_;
};

}  // namespace dmachine::gotemplate

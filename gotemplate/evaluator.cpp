// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/evaluator.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::gotemplate {

Evaluator::Level::Level(Evaluator& evaluator) : evaluator_(evaluator) {
  if (++evaluator_.depth_ > most_nested) {
    --evaluator_.depth_;
    evaluator_.fail(fmt::format("exceeded maximum template depth ({})", most_nested));
  }
}

void Evaluator::spend_step() {
  if (++steps_ > most_steps) {
    fail("the template runs too long");
  }
}

void Evaluator::spend_bytes(std::size_t count) {
  bytes_ += count;
  if (bytes_ > most_bytes) {
    fail("the output is too large");
  }
}

void Evaluator::fail(const std::string& message) const {
  const std::string_view before = source_.substr(0, current_->position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t column = before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
  throw EvaluationError{fmt::format("template: :{}:{}: executing {} at <{}>: {}", line, column,
                                    go_quote(template_name_), current_->shown(), message)};
}

Operand Evaluator::pipeline(const Node& node, const Operand& dot) {
  const Level level(*this);
  at(node);
  Operand value;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Operand piped = value;
    value = command(*node.children[i], dot, i > 0 ? &piped : nullptr);
    value.boxed = false;
  }
  for (const auto& name : node.names) {
    if (node.assigns) {
      set_variable(name, value);
    } else {
      variables_.emplace_back(name, value);
    }
  }
  return value;
}

void Evaluator::set_variable(const std::string& name, const Operand& value) {
  const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                  [&](const auto& one) { return one.first == name; });
  if (found == variables_.rend()) {
    fail(fmt::format("undefined variable: {}", name));
  }
  found->second = value;
}

void Evaluator::check_no_arguments(const Node& node, bool has_arguments) const {
  if (has_arguments) {
    fail(fmt::format("can't give argument to non-function {}", node.shown()));
  }
}

Operand Evaluator::command(const Node& command, const Operand& dot, const Operand* piped) {
  spend_step();
  const Node& first = *command.children[0];
  const std::size_t arguments = command.children.size() - 1 + (piped != nullptr ? 1U : 0U);
  switch (first.kind) {
    case Node::Kind::identifier:
      return call(first, command, &command.children, dot, piped);
    case Node::Kind::field:
      at(first);
      return fields(first, dot, 0, arguments);
    case Node::Kind::chain: {
      at(first);
      if (first.children[0]->kind == Node::Kind::nil) {
        fail(fmt::format("indirection through explicit nil in {}", first.shown()));
      }
      return fields(first, operand(*first.children[0], dot), 0, arguments);
    }
    case Node::Kind::variable:
      at(first);
      if (first.names.size() == 1) {
        return variable(first, arguments > 0);
      }
      return fields(first, variable(first, false), 1, arguments);
    case Node::Kind::pipeline:
      check_no_arguments(first, arguments > 0);
      return pipeline(first, dot);
    default:
      break;
  }
  at(first);
  check_no_arguments(first, arguments > 0);
  if (first.kind == Node::Kind::nil) {
    fail("nil is not a command");
  }
  return first.kind == Node::Kind::dot ? dot : constant(first);
}

/// An operand without arguments of its own.
Operand Evaluator::operand(const Node& node, const Operand& dot) {
  spend_step();
  at(node);
  switch (node.kind) {
    case Node::Kind::dot:
      return dot;
    case Node::Kind::nil:
      return {};
    case Node::Kind::field:
      return fields(node, dot, 0, 0);
    case Node::Kind::variable:
      return fields(node, variable(node, false), 1, 0);
    case Node::Kind::chain:
      return fields(node, operand(*node.children[0], dot), 0, 0);
    case Node::Kind::pipeline:
      return pipeline(node, dot);
    case Node::Kind::identifier:
      return call(node, node, nullptr, dot, nullptr);
    default:
      return constant(node);
  }
}

Operand Evaluator::constant(const Node& node) {
  at(node);
  if (node.constant.is_nil()) {
    fail(fmt::format("{} overflows int", node.text));
  }
  return {node.constant, false};
}

Operand Evaluator::variable(const Node& node, bool has_arguments) {
  const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                  [&](const auto& one) { return one.first == node.names[0]; });
  if (found == variables_.rend()) {
    fail(fmt::format("undefined variable: {}", node.names[0]));
  }
  check_no_arguments(node, has_arguments);
  return found->second;
}

/// Follows the names of a field, variable or chain from `from` on; the last one may have been given
/// arguments.
Operand Evaluator::fields(const Node& node, Operand value, std::size_t from,
                          std::size_t arguments) {
  for (std::size_t i = from; i < node.names.size(); ++i) {
    value = field(value, node.names[i], i + 1 == node.names.size() ? arguments : 0);
  }
  return value;
}

Operand Evaluator::field(const Operand& receiver, const std::string& name, std::size_t arguments) {
  if (receiver.is_invalid()) {
    return {};
  }
  const std::string type = receiver.boxed ? "interface {}" : go_type_name(receiver.value);
  if (receiver.value.is_nil()) {
    fail(fmt::format("nil pointer evaluating {}.{}", type, name));
  }
  if (const auto* map = receiver.value.get<Map>()) {
    if (arguments > 0) {
      fail(fmt::format("{} is not a method but has arguments", name));
    }
    const auto found = map->members.find(name);
    return found == map->members.end() ? Operand{} : Operand{found->second, true};
  }
  if (const auto* integer = receiver.value.get<NamedInteger>();
      integer != nullptr && integer->text && name == "String") {
    if (arguments > 0) {
      fail(fmt::format("wrong number of args for String: want 0 got {}", arguments));
    }
    return {Value{*integer->text}, false};
  }
  if (const auto* structure = receiver.value.get<Struct>()) {
    if (structure->null) {
      fail(fmt::format("nil pointer evaluating {}.{}", type, name));
    }
    for (const auto& [field_name, value] : structure->fields) {
      if (field_name == name) {
        if (arguments > 0) {
          fail(fmt::format("{} has arguments but cannot be invoked as function", name));
        }
        return {value, false};
      }
    }
  }
  fail(fmt::format("can't evaluate field {} in type {}", name, type));
}

/// `words` are the command's words, the function's name first; null when the function stands as an
/// argument.
Operand Evaluator::call(const Node& function, const Node& shown, const std::vector<NodePtr>* words,
                        const Operand& dot, const Operand* piped) {
  static const std::vector<NodePtr> no_words;
  const std::vector<NodePtr>& all = words != nullptr ? *words : no_words;
  at(function);
  const std::string& name = function.text;
  const Function& definition = find_function(name);
  const int written = all.empty() ? 0 : static_cast<int>(all.size()) - 1;
  const int given = written + (piped != nullptr ? 1 : 0);
  if (definition.variadic && given < definition.least) {
    fail(fmt::format("wrong number of args for {}: want at least {} got {}", name, definition.least,
                     written));
  }
  if (!definition.variadic && given != definition.least) {
    fail(fmt::format("wrong number of args for {}: want {} got {}", name, definition.least, given));
  }
  if (definition.call == nullptr) {
    return first_deciding(all, dot, piped, name == "or");
  }
  Arguments arguments;
  for (std::size_t i = 1; i < all.size(); ++i) {
    arguments.push_back(argument(*all[i], dot, definition.wants_text && i == 1));
  }
  if (piped != nullptr) {
    arguments.push_back(*piped);
    if (definition.wants_text && arguments.size() == 1) {
      check_text(arguments[0]);
    }
  }
  try {
    Value value = definition.call(arguments);
    const auto* text = value.get<std::string>();
    spend_bytes(text != nullptr ? text->size() : 0);
    return {std::move(value), false};
  } catch (const FunctionError& error) {
    at(shown);
    fail(fmt::format("error calling {}: {}", name, error.message));
  }
}

/// and, or: the first argument that decides, else the last. Those behind it are not evaluated.
Operand Evaluator::first_deciding(const std::vector<NodePtr>& words, const Operand& dot,
                                  const Operand* piped, bool decided_by) {
  Operand value;
  for (std::size_t i = 1; i < words.size(); ++i) {
    value = argument(*words[i], dot, false);
    if (is_true(value.value) == decided_by) {
      return value;
    }
  }
  return piped != nullptr ? *piped : value;
}

Operand Evaluator::argument(const Node& node, const Operand& dot, bool wants_text) {
  const bool is_literal = node.kind == Node::Kind::nil || node.kind == Node::Kind::boolean ||
                          node.kind == Node::Kind::number;
  if (wants_text && is_literal) {
    at(node);
    fail(node.kind == Node::Kind::nil ? "cannot assign nil to string"
                                      : fmt::format("expected string; found {}", node.shown()));
  }
  Operand value = operand(node, dot);
  if (wants_text) {
    check_text(value);
  }
  return value;
}

void Evaluator::check_text(Operand& value) const {
  if (value.is_invalid()) {
    fail("invalid value; expected string");
  }
  if (value.value.get<std::string>() == nullptr) {
    fail(fmt::format("wrong type for value; expected string; got {}",
                     value.value.is_nil() ? "interface {}" : go_type_name(value.value)));
  }
}

}  // namespace dmachine::gotemplate

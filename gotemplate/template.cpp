// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/template.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.hpp"
#include "gotemplate/format.hpp"
#include "gotemplate/functions.hpp"
#include "gotemplate/parser.hpp"

namespace dmachine::gotemplate {

namespace {

/// A value on its way through an expression. `boxed`: Go sees it as an interface {} (it came out of a map or list), which
/// is what messages then name.
struct Operand {
  Value value;
  bool boxed = false;
  bool missing = false;  // no such key: everything below it is missing too
};

constexpr int most_nested = 1000;  // templates that call templates

class Executor {
 public:
  Executor(std::string_view source, const ParsedTemplates& templates) : source_(source), templates_(templates) {}

  std::string run(const Value& data) {
    variables_.emplace_back("$", data);
    walk(*templates_.main, data);
    return std::move(out_);
  }

 private:
  enum class Flow { next, break_loop, continue_loop };

  [[noreturn]] void fail(const Node& node, const std::string& message) const {
    const std::string_view before = std::string_view(source_).substr(0, node.position);
    const auto line_start = before.rfind('\n');
    const std::size_t line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t column = line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
    std::string shown = node.shown();
    if (shown.size() > 20) {
      shown = shown.substr(0, 20) + "...";
    }
    throw ExecError(fmt::format("template: :{}:{}: executing {} at <{}>: {}", line, column, go_quote(name_), shown, message),
                    out_);
  }

  Flow walk(const Node& node, const Value& dot) {
    switch (node.kind) {
      case Node::Kind::list:
        for (const auto& child : node.children) {
          const Flow flow = walk(*child, dot);
          if (flow != Flow::next) {
            return flow;
          }
        }
        return Flow::next;
      case Node::Kind::text:
        out_ += node.text;
        return Flow::next;
      case Node::Kind::action: {
        const Value value = pipeline(*node.pipeline, dot);
        if (node.pipeline->names.empty()) {
          out_ += to_output(value);
        }
        return Flow::next;
      }
      case Node::Kind::if_branch:
      case Node::Kind::with:
        return branch(node, dot);
      case Node::Kind::range:
        return range(node, dot);
      case Node::Kind::call_template:
        call_template(node, dot);
        return Flow::next;
      case Node::Kind::break_loop:
        return Flow::break_loop;
      case Node::Kind::continue_loop:
        return Flow::continue_loop;
      default:
        fail(node, "unknown node");
    }
  }

  Flow branch(const Node& node, const Value& dot) {
    const std::size_t outer = variables_.size();
    const Value value = pipeline(*node.pipeline, dot);
    Flow flow = Flow::next;
    if (is_true(value)) {
      flow = walk(*node.body, node.kind == Node::Kind::with ? value : dot);
    } else if (node.otherwise) {
      flow = walk(*node.otherwise, dot);
    }
    variables_.resize(outer);
    return flow;
  }

  /// The pairs that a range goes over, map keys sorted.
  std::vector<std::pair<Value, Value>> elements(const Node& node, const Value& value) const {
    std::vector<std::pair<Value, Value>> pairs;
    if (const auto* list = std::get_if<std::shared_ptr<List>>(&value.data)) {
      for (std::size_t i = 0; i < (*list)->size(); ++i) {
        pairs.emplace_back(Value{static_cast<std::int64_t>(i)}, (**list)[i]);
      }
    } else if (const auto* map = std::get_if<std::shared_ptr<Map>>(&value.data)) {
      for (const auto& [key, member] : (*map)->members) {
        pairs.emplace_back(Value{key}, member);
      }
    } else if (!std::holds_alternative<std::monostate>(value.data)) {
      fail(*node.pipeline, fmt::format("range can't iterate over {}", to_text(value)));
    }
    return pairs;
  }

  Flow range(const Node& node, const Value& dot) {
    const std::size_t outer = variables_.size();
    const Value value = pipeline_value(*node.pipeline, dot);  // declares its variables per element
    const auto pairs = elements(node, value);
    const auto& names = node.pipeline->names;
    for (const auto& [key, element] : pairs) {
      const std::size_t mark = variables_.size();
      if (names.size() == 1) {
        set_variable(*node.pipeline, names[0], element);
      } else if (names.size() == 2) {
        set_variable(*node.pipeline, names[0], key);
        set_variable(*node.pipeline, names[1], element);
      }
      const Flow flow = walk(*node.body, element);
      variables_.resize(mark);
      if (flow == Flow::break_loop) {
        break;
      }
    }
    Flow flow = Flow::next;
    if (pairs.empty() && node.otherwise) {
      flow = walk(*node.otherwise, dot);
    }
    variables_.resize(outer);
    return flow;
  }

  void call_template(const Node& node, const Value& dot) {
    const auto found = templates_.defined.find(node.text);
    if (found == templates_.defined.end()) {
      fail(node, fmt::format("template {} not defined", go_quote(node.text)));
    }
    if (++depth_ > most_nested) {
      fail(node, fmt::format("exceeded maximum template depth ({})", most_nested));
    }
    const Value data = node.pipeline ? pipeline(*node.pipeline, dot) : Value{};
    auto outer_variables = std::exchange(variables_, {{"$", data}});
    const auto outer_name = std::exchange(name_, node.text);
    walk(*found->second, data);
    name_ = outer_name;
    variables_ = std::move(outer_variables);
    --depth_;
  }

  void set_variable(const Node& pipe, const std::string& name, const Value& value) {
    if (!pipe.assigns) {
      variables_.emplace_back(name, value);
      return;
    }
    const auto found = std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& one) { return one.first == name; });
    if (found != variables_.rend()) {
      found->second = value;
    }
  }

  Value pipeline(const Node& pipe, const Value& dot) {
    Value value = pipeline_value(pipe, dot);
    for (const auto& name : pipe.names) {
      set_variable(pipe, name, value);
    }
    return value;
  }

  Value pipeline_value(const Node& pipe, const Value& dot) {
    Value value;
    bool has_value = false;
    for (const auto& command : pipe.children) {
      value = run_command(*command, dot, has_value ? &value : nullptr);
      has_value = true;
    }
    return value;
  }

  /// `piped` is the value of the command before, which becomes the last argument.
  Value run_command(const Node& command, const Value& dot, const Value* piped) {
    const Node& first = *command.children[0];
    switch (first.kind) {
      case Node::Kind::identifier:
        return call(command, first, dot, piped);
      case Node::Kind::field:
      case Node::Kind::chain:
      case Node::Kind::variable: {
        const bool has_arguments = command.children.size() > 1 || piped != nullptr;
        return operand(first, dot, has_arguments).value;
      }
      default:
        break;
    }
    if (command.children.size() > 1 || piped != nullptr) {
      fail(first, fmt::format("can't give argument to non-function {}", first.shown()));
    }
    if (first.kind == Node::Kind::nil) {
      fail(first, "nil is not a command");
    }
    return operand(first, dot, false).value;
  }

  Operand operand(const Node& node, const Value& dot, bool has_arguments) {
    switch (node.kind) {
      case Node::Kind::dot:
        return {dot, false, false};
      case Node::Kind::nil:
        return {};
      case Node::Kind::boolean:
      case Node::Kind::number:
      case Node::Kind::string:
        return {node.constant, false, false};
      case Node::Kind::pipeline:
        return {pipeline(node, dot), false, false};
      case Node::Kind::identifier:
        return {call_with({}, node, nullptr, dot), false, false};
      case Node::Kind::field:
        return fields(node, {dot, false, false}, node.names, 0, has_arguments);
      case Node::Kind::variable:
        return fields(node, {variable(node), false, false}, node.names, 1, has_arguments);
      case Node::Kind::chain:
        return fields(node, operand(*node.children[0], dot, false), node.names, 0, has_arguments);
      default:
        fail(node, "can't handle this here");
    }
  }

  Value variable(const Node& node) const {
    const auto found =
        std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& one) { return one.first == node.names[0]; });
    if (found == variables_.rend()) {
      fail(node, fmt::format("undefined variable: {}", node.names[0]));
    }
    return found->second;
  }

  Operand fields(const Node& node, Operand at, const std::vector<std::string>& names, std::size_t from, bool has_arguments) {
    if (from == names.size() && has_arguments) {
      fail(node, fmt::format("can't give argument to non-function {}", node.shown()));
    }
    for (std::size_t i = from; i < names.size(); ++i) {
      at = field(node, at, names[i], has_arguments && i + 1 == names.size());
    }
    return at;
  }

  Operand field(const Node& node, const Operand& receiver, const std::string& name, bool has_arguments) {
    if (receiver.missing) {
      return receiver;
    }
    if (std::holds_alternative<std::monostate>(receiver.value.data)) {
      if (receiver.boxed) {
        fail(node, fmt::format("nil pointer evaluating interface {{}}.{}", name));
      }
      return {Value{}, false, true};
    }
    if (const auto* map = std::get_if<std::shared_ptr<Map>>(&receiver.value.data)) {
      if (has_arguments) {
        fail(node, fmt::format("{} is not a method but has arguments", name));
      }
      const auto found = (*map)->members.find(name);
      return found == (*map)->members.end() ? Operand{Value{}, false, true} : Operand{found->second, true, false};
    }
    if (const auto* structure = std::get_if<std::shared_ptr<Struct>>(&receiver.value.data)) {
      for (const auto& [field_name, value] : (*structure)->fields) {
        if (field_name == name) {
          if (has_arguments) {
            fail(node, fmt::format("{} has arguments but cannot be invoked as function", name));
          }
          return {value, false, false};
        }
      }
    }
    fail(node, fmt::format("can't evaluate field {} in type {}", name,
                           receiver.boxed ? "interface {}" : go_type_name(receiver.value)));
  }

  Value call(const Node& command, const Node& function, const Value& dot, const Value* piped) {
    std::vector<const Node*> words;
    for (std::size_t i = 1; i < command.children.size(); ++i) {
      words.push_back(command.children[i].get());
    }
    return call_with(words, function, piped, dot);
  }

  Value call_with(const std::vector<const Node*>& words, const Node& function, const Value* piped, const Value& dot) {
    const std::string& name = function.text;
    const Arity arity = function_arity(name);
    const int count = static_cast<int>(words.size()) + (piped != nullptr ? 1 : 0);
    if (count < arity.least && arity.most < 0) {
      fail(function, fmt::format("wrong number of args for {}: want at least {} got {}", name, arity.least, count));
    }
    if (arity.most >= 0 && count != arity.least) {
      fail(function, fmt::format("wrong number of args for {}: want {} got {}", name, arity.least, count));
    }
    if (name == "and" || name == "or") {
      return short_circuit(words, piped, dot, name == "or");
    }
    std::vector<Value> arguments;
    for (const Node* word : words) {
      arguments.push_back(operand(*word, dot, false).value);
    }
    if (piped != nullptr) {
      arguments.push_back(*piped);
    }
    try {
      return call_function(name, arguments);
    } catch (const FunctionError& error) {
      fail(function, fmt::format("error calling {}: {}", name, error.message));
    }
  }

  /// The first argument that decides, else the last.
  Value short_circuit(const std::vector<const Node*>& words, const Value* piped, const Value& dot, bool decided_by) {
    Value value;
    for (const Node* word : words) {
      value = operand(*word, dot, false).value;
      if (is_true(value) == decided_by) {
        return value;
      }
    }
    return piped != nullptr ? *piped : value;
  }

  std::string source_;
  const ParsedTemplates& templates_;
  std::string name_;  // of the template that runs; the main one has none
  std::vector<std::pair<std::string, Value>> variables_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

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
      list->push_back(from_json(element));
    }
    return Value{std::move(list)};
  }
  if (json.is_string()) {
    return Value{json.get<std::string>()};
  }
  if (json.is_boolean()) {
    return Value{json.get<bool>()};
  }
  return json.is_number() ? Value{json.get<double>()} : Value{};
}

std::string render(const std::string& text, const Value& data, Functions functions) {
  const auto names = function_names(functions);
  const ParsedTemplates templates = parse_template(text, names);
  return Executor(text, templates).run(data);
}

}  // namespace dmachine::gotemplate

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/template.hpp"

#include "core/text.hpp"
#include "gotemplate/evaluator.hpp"
#include "gotemplate/format.hpp"
#include "gotemplate/parser.hpp"

#include <fmt/format.h>

namespace dmachine::gotemplate {

namespace {

/// Walks text and control structures and writes.
class Executor {
 public:
  Executor(const ParsedTemplates& templates, const Value& data)
      : templates_(templates), data_{data, false}, evaluator_(templates.source, data) {}

  std::string run() {
    try {
      walk(*templates_.by_name.find("")->second, data_);
    } catch (const EvaluationError& error) {
      throw ExecError(error.message, std::move(out_));
    }
    return std::move(out_);
  }

 private:
  enum class Flow { next, break_loop, continue_loop };

  void write(const std::string& text) {
    evaluator_.spend_bytes(text.size());
    out_ += text;
  }

  Flow walk(const Node& node, const Operand& dot) {
    evaluator_.spend_step();
    evaluator_.at(node);
    switch (node.kind) {
      case Node::Kind::list:
        return walk_list(node, dot);
      case Node::Kind::text:
        write(node.text);
        return Flow::next;
      case Node::Kind::action: {
        const Operand value = evaluator_.pipeline(*node.pipeline, dot);
        if (node.pipeline->names.empty()) {
          evaluator_.at(node);
          write(to_output(value.value));
        }
        return Flow::next;
      }
      case Node::Kind::range:
        return walk_range(node, dot);
      case Node::Kind::call_template:
        call_template(node, dot);
        return Flow::next;
      case Node::Kind::break_loop:
        return Flow::break_loop;
      case Node::Kind::continue_loop:
        return Flow::continue_loop;
      default:
        return walk_branch(node, dot);
    }
  }

  Flow walk_list(const Node& list, const Operand& dot) {
    const Evaluator::Level level(evaluator_);
    for (const auto& child : list.children) {
      const Flow flow = walk(*child, dot);
      if (flow != Flow::next) {
        return flow;
      }
    }
    return Flow::next;
  }

  /// if and with
  Flow walk_branch(const Node& node, const Operand& dot) {
    const std::size_t outer = evaluator_.variables().size();
    const Operand value = evaluator_.pipeline(*node.pipeline, dot);
    Flow flow = Flow::next;
    if (is_true(value.value)) {
      flow = walk(*node.body, node.kind == Node::Kind::with ? value : dot);
    } else if (node.otherwise) {
      flow = walk(*node.otherwise, dot);
    }
    evaluator_.variables().resize(outer);
    return flow;
  }

  Flow walk_range(const Node& node, const Operand& dot) {
    const std::size_t outer = evaluator_.variables().size();
    const Operand value = evaluator_.pipeline(*node.pipeline, dot);
    std::size_t count = 0;
    if (const auto* list = value.value.get<List>()) {
      count = walk_elements(node, *list);
    } else if (const auto* map = value.value.get<Map>()) {
      count = walk_members(node, *map);
    } else if (!value.value.is_nil()) {
      evaluator_.fail(fmt::format("range can't iterate over {}", to_output(value.value)));
    }
    const Flow flow = count == 0 && node.otherwise ? walk(*node.otherwise, dot) : Flow::next;
    evaluator_.variables().resize(outer);
    return flow;
  }

  std::size_t walk_elements(const Node& node, const List& list) {
    const bool boxed = list.type_name == List().type_name;
    for (std::size_t i = 0; i < list.elements.size(); ++i) {
      const Operand key{Value{static_cast<std::int64_t>(i)}, false};
      if (walk_once(node, key, {list.elements[i], boxed}) == Flow::break_loop) {
        break;
      }
    }
    return list.elements.size();
  }

  std::size_t walk_members(const Node& node, const Map& map) {
    for (const auto& [key, member] : map.members) {
      if (walk_once(node, {Value{key}, false}, {member, true}) == Flow::break_loop) {
        break;
      }
    }
    return map.members.size();
  }

  Flow walk_once(const Node& node, const Operand& key, const Operand& element) {
    const auto& names = node.pipeline->names;
    const std::size_t mark = evaluator_.variables().size();
    if (!names.empty()) {
      evaluator_.set_variable(names.back(), element);
    }
    if (names.size() > 1) {
      evaluator_.set_variable(names.front(), key);
    }
    const Flow flow = walk(*node.body, element);
    evaluator_.variables().resize(mark);
    return flow;
  }

  void call_template(const Node& node, const Operand& dot) {
    const auto found = templates_.by_name.find(node.text);
    if (found == templates_.by_name.end()) {
      evaluator_.fail(fmt::format("template {} not defined", go_quote(node.text)));
    }
    const Evaluator::Level level(evaluator_);
    const Operand data = node.pipeline ? evaluator_.pipeline(*node.pipeline, dot) : Operand{};
    auto outer_variables = std::exchange(evaluator_.variables(), {{"$", data}});
    auto outer_name = std::exchange(evaluator_.template_name(), node.text);
    walk(*found->second, data);
    evaluator_.template_name() = std::move(outer_name);
    evaluator_.variables() = std::move(outer_variables);
  }

  const ParsedTemplates& templates_;
  Operand data_;
  Evaluator evaluator_;
  std::string out_;
};

}  // namespace

/// The parsed nodes refer to the source.
struct Template::Parsed {
  Parsed(const std::string& text, Functions functions)
      : source(text), templates(parse_template(source, function_names(functions))) {}

  std::string source;
  ParsedTemplates templates;
};

Template::Template(const std::string& text, Functions functions)
    : parsed_(std::make_shared<const Parsed>(text, functions)) {}

std::string Template::render(const Value& data) const {
  return Executor(parsed_->templates, data).run();
}

std::string render(const std::string& text, const Value& data, Functions functions) {
  return Template(text, functions).render(data);
}

}  // namespace dmachine::gotemplate

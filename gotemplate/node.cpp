// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/node.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::gotemplate {

namespace {

std::string in_parentheses(const Node& node) {
  return node.kind == Node::Kind::pipeline ? "(" + node.shown() + ")" : node.shown();
}

template <typename Show>
std::string join_nodes(const std::vector<NodePtr>& nodes, std::string_view separator, Show&& show) {
  std::vector<std::string> parts;
  for (const auto& node : nodes) {
    parts.push_back(show(*node));
  }
  return join(parts, separator);
}

std::string shown_pipeline(const Node& node) {
  const std::string commands =
      join_nodes(node.children, " | ", [](const Node& one) { return one.shown(); });
  return node.names.empty() ? commands
                            : join(node.names, ", ") + " := " + commands;  // also for `=`
}

std::string shown_branch(const Node& node) {
  std::string text =
      fmt::format("{{{{{} {}}}}}{}", node.text, node.pipeline->shown(), node.body->shown());
  if (node.otherwise) {
    text += "{{else}}" + node.otherwise->shown();
  }
  return text + "{{end}}";
}

}  // namespace

NodePtr make_node(Node::Kind kind, std::size_t position, std::string text) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->position = position;
  node->text = std::move(text);
  return node;
}

std::string Node::shown() const {
  switch (kind) {
    case Kind::list:
      return join_nodes(children, "", [](const Node& one) { return one.shown(); });
    case Kind::field:
      return "." + join(names, ".");
    case Kind::variable:
      return join(names, ".");
    case Kind::chain:
      return in_parentheses(*children[0]) + "." + join(names, ".");
    case Kind::command:
      return join_nodes(children, " ", in_parentheses);
    case Kind::pipeline:
      return shown_pipeline(*this);
    case Kind::call_template:
      return "{{template " + go_quote(text) + (pipeline ? " " + pipeline->shown() : "") + "}}";
    case Kind::action:
      return "{{" + pipeline->shown() + "}}";
    case Kind::if_branch:
    case Kind::range:
    case Kind::with:
      return shown_branch(*this);
    case Kind::break_loop:
      return "{{break}}";
    case Kind::continue_loop:
      return "{{continue}}";
    default:
      return text;
  }
}

}  // namespace dmachine::gotemplate

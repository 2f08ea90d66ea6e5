// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/value.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::gotemplate {

/// A node of a parsed template. One shape for all kinds keeps the walk simple.
struct Node {
  enum class Kind {
    list,      // children
    text,      // text
    action,    // pipeline
    pipeline,  // names (variables declared or assigned), children are commands
    command,   // children are its words
    field,     // names: .A.B
    variable,  // names: $x, A, B
    chain,     // children[0] is an operand, names are fields of its value
    identifier,
    dot,
    nil,
    boolean,
    number,
    string,
    if_branch,
    range,
    with,
    call_template,  // text is its name
    break_loop,
    continue_loop,
  };

  Kind kind;
  std::size_t position = 0;  // in the source, in bytes
  std::string text;          // source of identifiers and literals, as error messages show them
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Node>> children;
  bool assigns = false;             // pipeline: `=`, not `:=`
  Value constant;                   // number, string, boolean; nil: an integer beyond int
  std::unique_ptr<Node> pipeline;   // action, if, range, with, template
  std::unique_ptr<Node> body;       // if, range, with
  std::unique_ptr<Node> otherwise;  // their else; null when there is none

  /// The node as source, as Go prints it in messages.
  std::string shown() const;
};

using NodePtr = std::unique_ptr<Node>;

NodePtr make_node(Node::Kind kind, std::size_t position, std::string text = {});

/// Templates by name; the one that is rendered has the empty name. `source` must outlive this.
struct ParsedTemplates {
  std::string_view source;
  std::map<std::string, NodePtr, std::less<>> by_name;
};

}  // namespace dmachine::gotemplate

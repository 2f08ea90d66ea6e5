// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/expression_parser.hpp"

#include "core/text.hpp"
#include "gotemplate/literal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dmachine::gotemplate {

namespace {

using Kind = Token::Kind;

bool starts_operand(Kind kind) {
  switch (kind) {
    case Kind::boolean:
    case Kind::character:
    case Kind::complex:
    case Kind::dot:
    case Kind::field:
    case Kind::identifier:
    case Kind::number:
    case Kind::nil:
    case Kind::raw_string:
    case Kind::string:
    case Kind::variable:
    case Kind::left_parenthesis:
      return true;
    default:
      return false;
  }
}

bool is_literal(Node::Kind kind) {
  return kind == Node::Kind::boolean || kind == Node::Kind::string || kind == Node::Kind::number ||
         kind == Node::Kind::nil || kind == Node::Kind::dot;
}

}  // namespace

NodePtr ExpressionParser::pipeline(std::string_view context, Token::Kind end) {
  auto node = make_node(Node::Kind::pipeline, tokens_.peek_word().position);
  declarations(*node, context);
  for (;;) {
    const Token& token = tokens_.next_word();
    if (token.kind == end) {
      check_pipeline(*node, context);
      return node;
    }
    if (!starts_operand(token.kind)) {
      tokens_.unexpected(token, context);
    }
    tokens_.back();
    node->children.push_back(command());
  }
}

/// `$x :=`, `$x =`, and in range `$i, $x :=`.
void ExpressionParser::declarations(Node& pipe, std::string_view context) {
  while (tokens_.peek_word().kind == Kind::variable && declaration(pipe, context)) {
  }
}

/// One variable, unless it turns out to be an argument. True when another may follow.
bool ExpressionParser::declaration(Node& pipe, std::string_view context) {
  const std::size_t begin = tokens_.mark();
  const std::string name(tokens_.next().source);
  const Token& after = tokens_.peek_word();
  const bool more = after.kind == Kind::symbol && after.source == ",";
  if (after.kind != Kind::declare && after.kind != Kind::assign && !more) {
    tokens_.return_to(begin);
    return false;
  }
  pipe.assigns = pipe.assigns || after.kind == Kind::assign;
  tokens_.next();
  pipe.names.push_back(name);
  variables_.push_back(name);
  if (!more) {
    return false;
  }
  if (context != "range" || pipe.names.size() >= 2) {
    tokens_.fail(fmt::format("too many declarations in {}", context));
  }
  const Kind next = tokens_.peek_word().kind;
  if (next != Kind::variable && next != Kind::right_delimiter && next != Kind::right_parenthesis) {
    tokens_.fail("range can only initialize variables");
  }
  return true;
}

void ExpressionParser::check_pipeline(const Node& pipe, std::string_view context) const {
  if (pipe.children.empty()) {
    tokens_.fail(fmt::format("missing value for {}", context));
  }
  for (std::size_t i = 1; i < pipe.children.size(); ++i) {
    if (is_literal(pipe.children[i]->children[0]->kind)) {
      tokens_.fail(fmt::format("non executable command in pipeline stage {}", i + 1));
    }
  }
}

/// Operands between blanks. Takes a pipe behind it, leaves what ends the pipeline.
NodePtr ExpressionParser::command() {
  auto node = make_node(Node::Kind::command, tokens_.peek_word().position);
  for (;;) {
    tokens_.peek_word();
    if (NodePtr word = operand()) {
      node->children.push_back(std::move(word));
    }
    const Token& token = tokens_.next();
    if (token.kind == Kind::space) {
      continue;
    }
    if (token.kind == Kind::right_delimiter || token.kind == Kind::right_parenthesis) {
      tokens_.back();
    } else if (token.kind != Kind::pipe) {
      tokens_.unexpected(token, "operand");
    }
    break;
  }
  if (node->children.empty()) {
    tokens_.fail("empty command");
  }
  return node;
}

/// A term and the fields that hang on it: `.A.B`, `$x.A`, `(f .x).A`.
NodePtr ExpressionParser::operand() {
  NodePtr node = term();
  if (!node || tokens_.peek().kind != Kind::field) {
    return node;
  }
  const std::size_t position = tokens_.peek().position;
  std::vector<std::string> names;
  while (tokens_.peek().kind == Kind::field) {
    names.emplace_back(tokens_.next().source.substr(1));
  }
  if (is_literal(node->kind)) {
    tokens_.fail(fmt::format("unexpected . after term {}", go_quote(node->shown())));
  }
  if (node->kind == Node::Kind::field || node->kind == Node::Kind::variable) {
    node->names.insert(node->names.end(), names.begin(), names.end());
    node->position = position;
    return node;
  }
  auto chain = make_node(Node::Kind::chain, position);
  chain->children.push_back(std::move(node));
  chain->names = std::move(names);
  return chain;
}

/// Null when the next token begins none.
NodePtr ExpressionParser::term() {
  const Token& token = tokens_.next_word();
  switch (token.kind) {
    case Kind::identifier:
      if (functions_.find(token.source) == functions_.end()) {
        tokens_.fail(fmt::format("function {} not defined", go_quote(token.source)));
      }
      return make_node(Node::Kind::identifier, token.position, std::string(token.source));
    case Kind::dot:
      return make_node(Node::Kind::dot, token.position, ".");
    case Kind::nil:
      return make_node(Node::Kind::nil, token.position, "nil");
    case Kind::variable:
      return variable(token);
    case Kind::field: {
      auto node = make_node(Node::Kind::field, token.position);
      node->names = {std::string(token.source.substr(1))};
      return node;
    }
    case Kind::left_parenthesis:
      return parenthesized();
    case Kind::boolean:
    case Kind::character:
    case Kind::complex:
    case Kind::number:
    case Kind::string:
    case Kind::raw_string:
      return constant(token);
    default:
      tokens_.back();
      return nullptr;
  }
}

NodePtr ExpressionParser::variable(const Token& token) const {
  if (std::find(variables_.begin(), variables_.end(), token.source) == variables_.end()) {
    tokens_.fail(fmt::format("undefined variable {}", go_quote(token.source)));
  }
  auto node = make_node(Node::Kind::variable, token.position);
  node->names = {std::string(token.source)};
  return node;
}

NodePtr ExpressionParser::parenthesized() {
  if (++depth_ > most_nested_source) {
    tokens_.fail("nested too deeply");
  }
  NodePtr node = pipeline("parenthesized pipeline", Kind::right_parenthesis);
  --depth_;
  return node;
}

NodePtr ExpressionParser::constant(const Token& token) const {
  const bool is_text = token.kind == Kind::string || token.kind == Kind::raw_string;
  const auto kind = is_text                       ? Node::Kind::string
                    : token.kind == Kind::boolean ? Node::Kind::boolean
                                                  : Node::Kind::number;
  auto node = make_node(kind, token.position, std::string(token.source));
  if (is_text) {
    node->constant = Value{unquote(token)};
  } else if (token.kind == Kind::boolean) {
    node->constant = Value{token.source == "true"};
  } else {
    node->constant = number(token);
  }
  return node;
}

/// An int or, by its syntax, a float64; nil for an integer that fits an uint64 only, which is an
/// error once it is used.
Value ExpressionParser::number(const Token& token) const {
  if (token.kind == Kind::complex) {
    tokens_.fail(fmt::format("complex numbers are not supported: {}", token.source));
  }
  if (token.kind == Kind::character) {
    const auto character = unquote_go_character(token.source);
    if (!character) {
      tokens_.fail("invalid syntax");
    }
    if (!character->is_alone) {
      tokens_.fail(fmt::format("malformed character constant: {}", token.source));
    }
    return Value{static_cast<std::int64_t>(character->value)};
  }
  if (const auto integer = parse_go_int(token.source)) {
    return Value{*integer};
  }
  if (token.source[0] != '+' && token.source[0] != '-' && parse_go_uint(token.source)) {
    return Value{};
  }
  const auto real = parse_go_float(token.source);
  if (real && token.source.find_first_of(".eEpP") == std::string_view::npos) {
    tokens_.fail(fmt::format("integer overflow: {}", go_quote(token.source)));
  }
  if (!real) {
    tokens_.fail(fmt::format("illegal number syntax: {}", go_quote(token.source)));
  }
  return Value{*real};
}

std::string ExpressionParser::unquote(const Token& token) const {
  const auto text = unquote_go_string(token.source);
  if (!text) {
    tokens_.fail("invalid syntax");
  }
  return *text;
}

}  // namespace dmachine::gotemplate

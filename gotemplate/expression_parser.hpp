// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/node.hpp"
#include "gotemplate/token_stream.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::gotemplate {

using FunctionNames = std::set<std::string, std::less<>>;

/// How deep parentheses and control structures may lie in each other.
constexpr int most_nested_source = 200;

/// What stands between {{ and }}: pipelines of commands of operands.
class ExpressionParser {
 public:
  ExpressionParser(TokenStream& tokens, const FunctionNames& functions)
      : tokens_(tokens), functions_(functions) {}

  /// `$x := .A | f 1 "x"` up to and with the token `end`. `context` is for messages, and tells
  /// range from the others.
  NodePtr pipeline(std::string_view context, Token::Kind end);

  /// The text of a string literal.
  std::string unquote(const Token& token) const;

  /// Variables in sight.
  std::vector<std::string>& variables() { return variables_; }

 private:
  void declarations(Node& pipe, std::string_view context);
  bool declaration(Node& pipe, std::string_view context);
  void check_pipeline(const Node& pipe, std::string_view context) const;
  NodePtr command();
  NodePtr operand();
  NodePtr term();
  NodePtr variable(const Token& token) const;
  NodePtr parenthesized();
  NodePtr constant(const Token& token) const;
  Value number(const Token& token) const;

  TokenStream& tokens_;
  const FunctionNames& functions_;
  std::vector<std::string> variables_{"$"};
  int depth_ = 0;
};

}  // namespace dmachine::gotemplate

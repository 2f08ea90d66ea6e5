// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.hpp"
#include "gotemplate/lexer.hpp"
#include "gotemplate/literal.hpp"

namespace dmachine::gotemplate {

namespace {

using TokenKind = Token::Kind;
using NodePtr = std::unique_ptr<Node>;

NodePtr make_node(Node::Kind kind, std::size_t position, std::string text = {}) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->position = position;
  node->text = std::move(text);
  return node;
}

class Parser {
 public:
  Parser(std::string_view source, const std::set<std::string, std::less<>>& functions)
      : tokens_(tokenize(source)), functions_(functions) {}

  ParsedTemplates run() {
    auto root = make_node(Node::Kind::list, 0);
    while (peek().kind != TokenKind::eof) {
      if (peek().kind == TokenKind::left_delimiter && is_define()) {
        parse_definition();
        continue;
      }
      NodePtr node = text_or_action();
      if (ender_ != Ender::none) {
        fail(fmt::format("unexpected {}", ender_ == Ender::end ? "{{end}}" : "{{else}}"));
      }
      if (node) {
        root->children.push_back(std::move(node));
      }
    }
    templates_.main = std::move(root);
    return std::move(templates_);
  }

 private:
  enum class Ender { none, end, else_branch };

  const Token& peek() const { return tokens_[at_]; }
  const Token& next() {
    last_ = at_;
    return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_[at_];
  }
  void skip_space() {
    while (peek().kind == TokenKind::space) {
      ++at_;
    }
  }
  const Token& peek_word() {
    skip_space();
    return peek();
  }
  const Token& next_word() {
    skip_space();
    return next();
  }

  [[noreturn]] void fail_at(std::size_t line, const std::string& message) const {
    throw ParseError(fmt::format("template: :{}: {}", line, message));
  }
  [[noreturn]] void fail(const std::string& message) const { fail_at(tokens_[last_].line, message); }

  [[noreturn]] void unexpected(const Token& token, std::string_view context) const {
    if (token.kind == TokenKind::error) {
      std::string extra;
      if (action_line_ != 0 && action_line_ != token.line) {
        extra = fmt::format(" in action started at :{}", action_line_);
        constexpr std::string_view ending = " action";
        const bool says_action = token.text.size() >= ending.size() &&
                                 token.text.compare(token.text.size() - ending.size(), ending.size(), ending) == 0;
        extra = says_action ? extra.substr(std::string_view(" in action").size()) : extra;
      }
      fail_at(token.line, token.text + extra);
    }
    fail_at(token.line, fmt::format("unexpected {} in {}", token.shown(), context));
  }

  const Token& expect(TokenKind kind, std::string_view context) {
    const Token& token = next_word();
    if (token.kind != kind) {
      unexpected(token, context);
    }
    return token;
  }

  bool is_define() const {
    std::size_t ahead = at_ + 1;
    while (tokens_[ahead].kind == TokenKind::space) {
      ++ahead;
    }
    return tokens_[ahead].kind == TokenKind::keyword_define;
  }

  std::string template_name(const Token& token, std::string_view context) const {
    if (token.kind != TokenKind::string && token.kind != TokenKind::raw_string) {
      unexpected(token, context);
    }
    return unquote(token);
  }

  std::string unquote(const Token& token) const {
    const auto text = unquote_go_string(token.text);
    if (!text) {
      fail_at(token.line, "invalid syntax");
    }
    return *text;
  }

  void parse_definition() {
    next();  // {{
    next_word();
    const std::string name = template_name(next_word(), "define clause");
    expect(TokenKind::right_delimiter, "define clause");
    const auto outer_variables = std::exchange(variables_, {"$"});
    Ender ender = Ender::none;
    NodePtr body = item_list(ender);
    if (ender != Ender::end) {
      fail("unexpected {{else}} in define clause");
    }
    variables_ = outer_variables;
    templates_.defined[name] = std::move(body);
  }

  /// Items up to {{end}} or {{else}}.
  NodePtr item_list(Ender& ender) {
    auto list = make_node(Node::Kind::list, peek().position);
    while (peek_word_outside().kind != TokenKind::eof) {
      NodePtr node = text_or_action();
      if (ender_ != Ender::none) {
        ender = std::exchange(ender_, Ender::none);
        return list;
      }
      if (node) {
        list->children.push_back(std::move(node));
      }
    }
    fail_at(peek().line, "unexpected EOF");
  }

  const Token& peek_word_outside() const { return peek(); }

  NodePtr text_or_action() {
    const Token& token = next();
    if (token.kind == TokenKind::text) {
      return make_node(Node::Kind::text, token.position, token.text);
    }
    if (token.kind == TokenKind::left_delimiter) {
      action_line_ = token.line;
      NodePtr node = action();
      action_line_ = 0;
      return node;
    }
    unexpected(token, "input");
  }

  NodePtr action() {
    const Token& token = peek_word();
    switch (token.kind) {
      case TokenKind::keyword_block:
        return block_control();
      case TokenKind::keyword_break:
      case TokenKind::keyword_continue:
        return loop_control();
      case TokenKind::keyword_else:
        return else_control();
      case TokenKind::keyword_end:
        next_word();
        expect(TokenKind::right_delimiter, "end");
        ender_ = Ender::end;
        return nullptr;
      case TokenKind::keyword_if:
        return branch(Node::Kind::if_branch, "if");
      case TokenKind::keyword_range:
        return branch(Node::Kind::range, "range");
      case TokenKind::keyword_with:
        return branch(Node::Kind::with, "with");
      case TokenKind::keyword_template:
        return template_control();
      default:
        break;
    }
    auto node = make_node(Node::Kind::action, token.position);
    node->pipeline = pipeline("command", TokenKind::right_delimiter);
    return node;
  }

  NodePtr loop_control() {
    const Token& token = next_word();
    const bool is_break = token.kind == TokenKind::keyword_break;
    if (loop_depth_ == 0) {
      fail_at(token.line, fmt::format("{{{{{}}}}} outside {{{{range}}}}", token.text));
    }
    const std::size_t position = token.position;
    expect(TokenKind::right_delimiter, is_break ? "{{break}}" : "{{continue}}");
    return make_node(is_break ? Node::Kind::break_loop : Node::Kind::continue_loop, position);
  }

  NodePtr else_control() {
    next_word();
    // "{{else if …}}" is "{{else}}{{if …}}…{{end}}" with one end for both; the branch sees to that.
    if (peek_word().kind == TokenKind::keyword_if) {
      ender_ = Ender::else_branch;
      return nullptr;
    }
    expect(TokenKind::right_delimiter, "else");
    ender_ = Ender::else_branch;
    return nullptr;
  }

  NodePtr template_control() {
    const std::size_t position = next_word().position;
    auto node = make_node(Node::Kind::call_template, position, template_name(next_word(), "template clause"));
    if (next_is(TokenKind::right_delimiter)) {
      return node;
    }
    node->pipeline = pipeline("template clause", TokenKind::right_delimiter);
    return node;
  }

  NodePtr block_control() {
    const std::size_t position = next_word().position;
    const std::string name = template_name(next_word(), "block clause");
    auto node = make_node(Node::Kind::call_template, position, name);
    node->pipeline = pipeline("block clause", TokenKind::right_delimiter);
    const auto outer_variables = std::exchange(variables_, {"$"});
    Ender ender = Ender::none;
    NodePtr body = item_list(ender);
    if (ender != Ender::end) {
      fail("unexpected {{else}} in block clause");
    }
    variables_ = outer_variables;
    templates_.defined[name] = std::move(body);
    return node;
  }

  bool next_is(TokenKind kind) {
    if (peek_word().kind != kind) {
      return false;
    }
    next_word();
    return true;
  }

  NodePtr branch(Node::Kind kind, const char* word) {
    const std::size_t outer_variables = variables_.size();
    auto node = make_node(kind, next_word().position, word);
    node->pipeline = pipeline(word, TokenKind::right_delimiter);
    loop_depth_ += kind == Node::Kind::range ? 1 : 0;
    Ender ender = Ender::none;
    node->body = item_list(ender);
    loop_depth_ -= kind == Node::Kind::range ? 1 : 0;
    if (ender == Ender::else_branch) {
      if (kind == Node::Kind::if_branch && peek_word().kind == TokenKind::keyword_if) {
        node->otherwise = make_node(Node::Kind::list, peek().position);
        node->otherwise->children.push_back(branch(Node::Kind::if_branch, "if"));
      } else {
        node->otherwise = item_list(ender);
        if (ender != Ender::end) {
          fail("expected end; found {{else}}");
        }
      }
    }
    variables_.resize(outer_variables);
    return node;
  }

  NodePtr pipeline(std::string_view context, TokenKind end) {
    auto node = make_node(Node::Kind::pipeline, peek_word().position);
    declarations(*node, context);
    for (;;) {
      const Token& token = next_word();
      if (token.kind == end) {
        check_pipeline(*node, context);
        return node;
      }
      switch (token.kind) {
        case TokenKind::boolean:
        case TokenKind::character:
        case TokenKind::dot:
        case TokenKind::field:
        case TokenKind::identifier:
        case TokenKind::number:
        case TokenKind::nil:
        case TokenKind::raw_string:
        case TokenKind::string:
        case TokenKind::variable:
        case TokenKind::left_parenthesis:
          at_ = last_;
          node->children.push_back(command());
          break;
        default:
          unexpected(token, context);
      }
    }
  }

  /// `$x :=`, `$x =`, and in range `$i, $x :=`.
  void declarations(Node& pipe, std::string_view context) {
    while (peek_word().kind == TokenKind::variable) {
      const std::size_t begin = at_;
      const Token variable = next();
      const Token& after = peek_word();
      const bool declares = after.kind == TokenKind::declare;
      const bool assigns = after.kind == TokenKind::assign;
      const bool more = after.kind == TokenKind::comma;
      if (!declares && !assigns && !(more && context == "range")) {
        at_ = begin;
        return;
      }
      next_word();
      pipe.names.push_back(variable.text);
      if (assigns) {
        check_variable(variable);
        pipe.assigns = true;
      } else {
        variables_.push_back(variable.text);
      }
      if (!more) {
        return;
      }
      if (pipe.names.size() >= 2) {
        fail(fmt::format("too many declarations in {}", context));
      }
    }
  }

  void check_pipeline(const Node& pipe, std::string_view context) const {
    if (pipe.children.empty()) {
      fail(fmt::format("missing value for {}", context));
    }
    for (std::size_t i = 1; i < pipe.children.size(); ++i) {
      const Node& first = *pipe.children[i]->children[0];
      const bool constant = first.kind == Node::Kind::boolean || first.kind == Node::Kind::dot ||
                            first.kind == Node::Kind::nil || first.kind == Node::Kind::number ||
                            first.kind == Node::Kind::string;
      if (constant) {
        fail(fmt::format("non executable command in pipeline stage {}", i + 1));
      }
    }
  }

  NodePtr command() {
    auto node = make_node(Node::Kind::command, peek_word().position);
    for (;;) {
      skip_space();
      if (NodePtr word = operand()) {
        node->children.push_back(std::move(word));
      }
      const Token& token = next();
      if (token.kind == TokenKind::space) {
        continue;
      }
      if (token.kind == TokenKind::right_delimiter || token.kind == TokenKind::right_parenthesis) {
        at_ = last_;
      } else if (token.kind != TokenKind::pipe) {
        unexpected(token, "operand");
      }
      break;
    }
    if (node->children.empty()) {
      fail("empty command");
    }
    return node;
  }

  /// A term and the fields that hang on it: `.A.B`, `$x.A`, `(f .x).A`.
  NodePtr operand() {
    NodePtr node = term();
    if (!node || peek().kind != TokenKind::field) {
      return node;
    }
    const std::size_t position = peek().position;
    std::vector<std::string> names;
    while (peek().kind == TokenKind::field) {
      names.push_back(next().text.substr(1));
    }
    switch (node->kind) {
      case Node::Kind::field:
      case Node::Kind::variable:
        node->names.insert(node->names.end(), names.begin(), names.end());
        node->position = position;
        return node;
      case Node::Kind::boolean:
      case Node::Kind::string:
      case Node::Kind::number:
      case Node::Kind::nil:
      case Node::Kind::dot:
        fail(fmt::format("unexpected . after term {}", go_quote(node->shown())));
      default: {
        auto chain = make_node(Node::Kind::chain, position);
        chain->children.push_back(std::move(node));
        chain->names = std::move(names);
        return chain;
      }
    }
  }

  void check_variable(const Token& token) const {
    if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end()) {
      fail_at(token.line, fmt::format("undefined variable {}", go_quote(token.text)));
    }
  }

  NodePtr term() {
    const Token& token = next_word();
    switch (token.kind) {
      case TokenKind::identifier:
        if (functions_.find(token.text) == functions_.end()) {
          fail_at(token.line, fmt::format("function {} not defined", go_quote(token.text)));
        }
        return make_node(Node::Kind::identifier, token.position, token.text);
      case TokenKind::dot:
        return make_node(Node::Kind::dot, token.position, ".");
      case TokenKind::nil:
        return make_node(Node::Kind::nil, token.position, "nil");
      case TokenKind::variable: {
        check_variable(token);
        auto node = make_node(Node::Kind::variable, token.position);
        node->names = {token.text};
        return node;
      }
      case TokenKind::field: {
        auto node = make_node(Node::Kind::field, token.position);
        node->names = {token.text.substr(1)};
        return node;
      }
      case TokenKind::boolean: {
        auto node = make_node(Node::Kind::boolean, token.position, token.text);
        node->constant = Value{token.text == "true"};
        return node;
      }
      case TokenKind::character:
      case TokenKind::number: {
        auto node = make_node(Node::Kind::number, token.position, token.text);
        const auto value = parse_go_number(token.text);
        if (!value) {
          fail_at(token.line, token.kind == TokenKind::number ? fmt::format("bad number syntax: {}", go_quote(token.text))
                                                              : fmt::format("malformed character constant: {}", token.text));
        }
        node->constant = *value;
        return node;
      }
      case TokenKind::string:
      case TokenKind::raw_string: {
        auto node = make_node(Node::Kind::string, token.position, token.text);
        node->constant = Value{unquote(token)};
        return node;
      }
      case TokenKind::left_parenthesis:
        return pipeline("parenthesized pipeline", TokenKind::right_parenthesis);
      default:
        at_ = last_;
        return nullptr;
    }
  }

  std::vector<Token> tokens_;
  const std::set<std::string, std::less<>>& functions_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;
  std::size_t action_line_ = 0;
  int loop_depth_ = 0;
  Ender ender_ = Ender::none;
  std::vector<std::string> variables_{"$"};
  ParsedTemplates templates_;
};

std::string join_shown(const std::vector<NodePtr>& nodes, std::string_view separator) {
  std::vector<std::string> parts;
  for (const auto& node : nodes) {
    parts.push_back(node->shown());
  }
  return join(parts, separator);
}

}  // namespace

std::string Node::shown() const {
  switch (kind) {
    case Kind::field:
      return "." + join(names, ".");
    case Kind::variable:
      return join(names, ".");
    case Kind::chain: {
      const std::string inner = children[0]->shown();
      return (children[0]->kind == Kind::pipeline ? "(" + inner + ")" : inner) + "." + join(names, ".");
    }
    case Kind::command: {
      std::vector<std::string> parts;
      for (const auto& word : children) {
        parts.push_back(word->kind == Kind::pipeline ? "(" + word->shown() + ")" : word->shown());
      }
      return join(parts, " ");
    }
    case Kind::pipeline: {
      const std::string commands = join_shown(children, " | ");
      return names.empty() ? commands : join(names, ", ") + (assigns ? " = " : " := ") + commands;
    }
    case Kind::call_template:
      return "{{template " + go_quote(text) + (pipeline ? " " + pipeline->shown() : "") + "}}";
    case Kind::action:
      return "{{" + pipeline->shown() + "}}";
    default:
      return text;
  }
}

ParsedTemplates parse_template(std::string_view source, const std::set<std::string, std::less<>>& functions) {
  return Parser(source, functions).run();
}

}  // namespace dmachine::gotemplate

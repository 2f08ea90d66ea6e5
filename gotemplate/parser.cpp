// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/parser.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dmachine::gotemplate {

namespace {

using Kind = Token::Kind;

/// Whether there is nothing but blanks in a template: a definition may replace such a one.
bool is_blank(const Node& list) {
  return std::all_of(list.children.begin(), list.children.end(), [](const NodePtr& node) {
    return node->kind == Node::Kind::text &&
           trim(node->text).find_first_not_of("\v\f") == std::string_view::npos;
  });
}

/// Text and control structures.
class Parser {
 public:
  Parser(std::string_view source, const FunctionNames& functions)
      : tokens_(source), expressions_(tokens_, functions) {
    templates_.source = source;
  }

  ParsedTemplates run() {
    auto root = make_node(Node::Kind::list, 0);
    while (tokens_.peek().kind != Kind::eof) {
      if (take_define()) {
        definition();
        continue;
      }
      NodePtr node = text_or_action();
      if (ender_ != Ender::none) {
        tokens_.fail(fmt::format("unexpected {}", shown(ender_)));
      }
      root->children.push_back(std::move(node));
    }
    add_template("", std::move(root));
    return std::move(templates_);
  }

 private:
  /// What ended a list of items.
  enum class Ender { none, end, else_branch };

  static const char* shown(Ender ender) { return ender == Ender::end ? "{{end}}" : "{{else}}"; }

  bool take_define() {
    const std::size_t begin = tokens_.mark();
    if (tokens_.next().kind == Kind::left_delimiter &&
        tokens_.next_word().kind == Kind::keyword_define) {
      return true;
    }
    tokens_.return_to(begin);
    return false;
  }

  void add_template(const std::string& name, NodePtr body) {
    NodePtr& there = templates_.by_name[name];
    if (!there || is_blank(*there)) {
      there = std::move(body);
    } else if (!is_blank(*body)) {
      tokens_.fail(fmt::format("template: multiple definition of template {}", go_quote(name)));
    }
  }

  std::string template_name(const Token& token, std::string_view context) const {
    if (token.kind != Kind::string && token.kind != Kind::raw_string) {
      tokens_.unexpected(token, context);
    }
    return expressions_.unquote(token);
  }

  void definition() {
    const auto outer_action = std::exchange(action_line(), 0);
    const std::string name = template_name(tokens_.next_word(), "define clause");
    tokens_.expect(Kind::right_delimiter, "define clause");
    template_body(name, "define clause", std::nullopt);
    action_line() = outer_action;
  }

  /// The body of a definition or block, up to its {{end}}: it sees no variables or loops from
  /// outside.
  void template_body(const std::string& name, std::string_view context,
                     std::optional<std::size_t> message_line) {
    const auto outer_variables = std::exchange(expressions_.variables(), {"$"});
    const auto outer_loops = std::exchange(loop_depth_, 0);
    const auto outer_action = std::exchange(action_line(), 0);
    Ender ender = Ender::none;
    NodePtr body = item_list(ender);
    if (ender != Ender::end) {
      TokenStream::fail_at(message_line.value_or(tokens_.line()),
                           fmt::format("unexpected {{{{else}}}} in {}", context));
    }
    add_template(name, std::move(body));
    expressions_.variables() = outer_variables;
    loop_depth_ = outer_loops;
    action_line() = outer_action;
  }

  /// Items up to {{end}} or {{else}}.
  NodePtr item_list(Ender& ender) {
    if (++depth_ > most_nested_source) {
      tokens_.fail("nested too deeply");
    }
    auto list = make_node(Node::Kind::list, tokens_.peek_word().position);
    while (tokens_.peek_word().kind != Kind::eof) {
      NodePtr node = text_or_action();
      if (ender_ != Ender::none) {
        ender = std::exchange(ender_, Ender::none);
        --depth_;
        return list;
      }
      list->children.push_back(std::move(node));
    }
    tokens_.fail("unexpected EOF");
  }

  /// Null at {{end}} and {{else}}, which then are in ender_.
  NodePtr text_or_action() {
    const Token& token = tokens_.next_word();
    if (token.kind == Kind::text) {
      return make_node(Node::Kind::text, token.position, std::string(token.source));
    }
    if (token.kind != Kind::left_delimiter) {
      tokens_.unexpected(token, "input");
    }
    action_line() = token.line;
    NodePtr node = action();
    action_line() = 0;
    return node;
  }

  NodePtr action() {
    const Token& token = tokens_.next_word();
    switch (token.kind) {
      case Kind::keyword_block:
        return block_control();
      case Kind::keyword_break:
        return loop_control(Node::Kind::break_loop, token.position, "{{break}}");
      case Kind::keyword_continue:
        return loop_control(Node::Kind::continue_loop, token.position, "{{continue}}");
      case Kind::keyword_else:
        return else_control();
      case Kind::keyword_end:
        tokens_.expect(Kind::right_delimiter, "end");
        ender_ = Ender::end;
        return nullptr;
      case Kind::keyword_if:
        return branch(Node::Kind::if_branch, "if");
      case Kind::keyword_range:
        return branch(Node::Kind::range, "range");
      case Kind::keyword_with:
        return branch(Node::Kind::with, "with");
      case Kind::keyword_template:
        return template_control();
      default:
        break;
    }
    tokens_.back();
    auto node = make_node(Node::Kind::action, tokens_.peek().position);
    node->pipeline = expressions_.pipeline("command", Kind::right_delimiter);
    return node;
  }

  NodePtr loop_control(Node::Kind kind, std::size_t position, const char* shown) {
    const Token& token = tokens_.next_word();
    if (token.kind != Kind::right_delimiter) {
      tokens_.unexpected(token, shown);
    }
    if (loop_depth_ == 0) {
      tokens_.fail(fmt::format("{} outside {{{{range}}}}", shown));
    }
    return make_node(kind, position);
  }

  NodePtr else_control() {
    // `{{else if …}}` is `{{else}}{{if …}}…{{end}}` with one end for both; the branch sees to that.
    if (tokens_.peek_word().kind != Kind::keyword_if) {
      tokens_.expect(Kind::right_delimiter, "else");
    }
    ender_ = Ender::else_branch;
    return nullptr;
  }

  NodePtr template_control() {
    const Token& token = tokens_.next_word();
    auto node = make_node(Node::Kind::call_template, token.position,
                          template_name(token, "template clause"));
    if (!tokens_.next_is(Kind::right_delimiter)) {
      node->pipeline = expressions_.pipeline("template clause", Kind::right_delimiter);
    }
    return node;
  }

  NodePtr block_control() {
    const Token& token = tokens_.next_word();
    auto node =
        make_node(Node::Kind::call_template, token.position, template_name(token, "block clause"));
    node->pipeline = expressions_.pipeline("block clause", Kind::right_delimiter);
    template_body(node->text, "block clause", tokens_.line());
    return node;
  }

  NodePtr branch(Node::Kind kind, const char* word) {
    const std::size_t outer_variables = expressions_.variables().size();
    auto node = make_node(kind, 0, word);
    node->pipeline = expressions_.pipeline(word, Kind::right_delimiter);
    node->position = node->pipeline->position;
    loop_depth_ += kind == Node::Kind::range ? 1 : 0;
    Ender ender = Ender::none;
    node->body = item_list(ender);
    loop_depth_ -= kind == Node::Kind::range ? 1 : 0;
    if (ender == Ender::else_branch) {
      node->otherwise = else_branch(kind);
    }
    expressions_.variables().resize(outer_variables);
    return node;
  }

  NodePtr else_branch(Node::Kind kind) {
    if (kind == Node::Kind::if_branch && tokens_.next_is(Kind::keyword_if)) {
      if (++depth_ > most_nested_source) {
        tokens_.fail("nested too deeply");
      }
      auto list = make_node(Node::Kind::list, tokens_.peek().position);
      list->children.push_back(branch(Node::Kind::if_branch, "if"));
      --depth_;
      return list;
    }
    Ender ender = Ender::none;
    NodePtr list = item_list(ender);
    if (ender != Ender::end) {
      tokens_.fail("expected end; found {{else}}");
    }
    return list;
  }

  std::size_t& action_line() { return tokens_.action_line(); }

  TokenStream tokens_;
  ExpressionParser expressions_;
  int loop_depth_ = 0;
  int depth_ = 0;
  Ender ender_ = Ender::none;
  ParsedTemplates templates_;
};

}  // namespace

ParsedTemplates parse_template(std::string_view source, const FunctionNames& functions) {
  return Parser(source, functions).run();
}

}  // namespace dmachine::gotemplate

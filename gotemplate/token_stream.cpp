// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/token_stream.hpp"

#include "gotemplate/template.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::gotemplate {

const Token& TokenStream::peek() {
  seen_ = std::max(seen_, at_);
  return tokens_[at_];
}

const Token& TokenStream::next() {
  const Token& token = peek();
  last_ = at_;
  at_ += at_ + 1 < tokens_.size()
             ? 1U
             : 0U;  // the last token, eof or an error, is given again and again
  return token;
}

void TokenStream::skip_space() {
  while (peek().kind == Token::Kind::space) {
    next();
  }
}

const Token& TokenStream::next_word() {
  skip_space();
  return next();
}

const Token& TokenStream::peek_word() {
  skip_space();
  return peek();
}

bool TokenStream::next_is(Token::Kind kind) {
  if (peek_word().kind != kind) {
    return false;
  }
  next();
  return true;
}

const Token& TokenStream::expect(Token::Kind kind, std::string_view context) {
  const Token& token = next_word();
  if (token.kind != kind) {
    unexpected(token, context);
  }
  return token;
}

void TokenStream::fail_at(std::size_t line, const std::string& message) {
  throw ParseError(fmt::format("template: :{}: {}", line, message));
}

void TokenStream::unexpected(const Token& token, std::string_view context) const {
  if (token.kind != Token::Kind::error) {
    fail(fmt::format("unexpected {} in {}", token.shown(), context));
  }
  std::string begin;
  if (action_line_ != 0 && action_line_ != token.line) {
    constexpr std::string_view ending = " action";
    const bool says_action = token.error.size() >= ending.size() &&
                             token.error.substr(token.error.size() - ending.size()) == ending;
    begin = fmt::format("{} started at :{}", says_action ? "" : " in action", action_line_);
  }
  fail(token.error + begin);
}

}  // namespace dmachine::gotemplate

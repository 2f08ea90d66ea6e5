// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gotemplate/lexer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dmachine::gotemplate {

/// The tokens of a template with a place in them, and the messages about what is wrong there.
class TokenStream {
 public:
  explicit TokenStream(std::string_view source) : tokens_(tokenize(source)) {}

  const Token& next();
  const Token& peek();
  const Token& next_word();  // skips blanks
  const Token& peek_word();
  bool next_is(Token::Kind kind);  // takes it if it is
  const Token& expect(Token::Kind kind, std::string_view context);

  /// Makes the token that `next` or `next_word` gave last the next one again.
  void back() { at_ = last_; }

  /// A place to come back to.
  std::size_t mark() const { return at_; }
  void return_to(std::size_t mark) { at_ = mark; }

  /// The line that messages name: that of the last token looked at.
  std::size_t line() const { return tokens_[seen_].line; }

  /// Where the action in work began; 0 outside. An unfinished action that goes over lines is told
  /// with it.
  std::size_t& action_line() { return action_line_; }

  [[noreturn]] void fail(const std::string& message) const { fail_at(line(), message); }
  [[noreturn]] static void fail_at(std::size_t line, const std::string& message);
  [[noreturn]] void unexpected(const Token& token, std::string_view context) const;

 private:
  void skip_space();

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;  // given by next
  std::size_t seen_ = 0;  // the furthest one looked at
  std::size_t action_line_ = 0;
};

}  // namespace dmachine::gotemplate

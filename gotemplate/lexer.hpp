// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::gotemplate {

/// A piece of a template's source. Kinds from `keyword_block` on are shown as <word> in messages.
struct Token {
  enum class Kind {
    error,  // text is the message
    eof,
    text,
    left_delimiter,
    right_delimiter,
    space,
    field,       // .Name
    variable,    // $name
    identifier,  // function name
    boolean,
    number,
    complex,     // 1+2i
    character,   // 'x'
    string,      // "…"
    raw_string,  // `…`
    pipe,
    declare,  // :=
    assign,   // =
    left_parenthesis,
    right_parenthesis,
    symbol,  // any other printable character
    keyword_block,
    keyword_break,
    keyword_continue,
    keyword_define,
    keyword_else,
    keyword_end,
    keyword_if,
    keyword_range,
    keyword_template,
    keyword_with,
    dot,
    nil,
  };

  Kind kind;
  std::string_view source;  // empty for errors
  std::size_t position;     // in bytes
  std::size_t line;         // from 1
  std::string error;        // the message of an error

  /// As the parser's messages show a token: `EOF`, `<end>`, `"name"`, ten characters at the most.
  std::string shown() const;
};

/// Splits a template into tokens, text between actions trimmed where `{{-` and `-}}` say so.
/// Comments are left out. The last token is eof or error. `source` must outlive the tokens.
std::vector<Token> tokenize(std::string_view source);

}  // namespace dmachine::gotemplate

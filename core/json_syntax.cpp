// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/json_syntax.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

namespace dmachine {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// A byte between single quotes, as Go's messages show it: '\'' and '"' are spelled their own way,
/// others as in Go source.
std::string shown(char c) {
  if (c == '\'') {
    return R"('\'')";
  }
  if (c == '"') {
    return R"('"')";
  }
  std::string text = "'";
  append_go_escaped(text, static_cast<unsigned char>(c), '"', Ascii::no);
  return text + "'";
}

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  void run() {
    value();
    while (!open_.empty()) {
      after_value();
    }
    skip_blanks();
    if (at_ < text_.size()) {
      fail("after top-level value");
    }
  }

 private:
  /// Between values and in strings, where a blank more would not be wrong.
  [[noreturn]] void fail(std::string_view where) const {
    if (at_ >= text_.size()) {
      throw Error(Errc::invalid, "unexpected end of JSON input");
    }
    fail_inside(where);
  }

  /// Inside words, numbers and escapes, where Go takes the end of the text for a blank.
  [[noreturn]] void fail_inside(std::string_view where) const {
    throw Error(Errc::invalid, fmt::format("invalid character {} {}",
                                           shown(at_ < text_.size() ? text_[at_] : ' '), where));
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      ++at_;
    }
  }

  /// A whole scalar, or the opening of arrays and objects up to their first scalar or their end.
  void value() {
    for (;;) {
      skip_blanks();
      if (at('{')) {
        open('{');
        if (at('}')) {
          close();
          return;
        }
        key();
      } else if (at('[')) {
        open('[');
        if (at(']')) {
          close();
          return;
        }
      } else {
        scalar();
        return;
      }
    }
  }

  void open(char c) {
    if (open_.size() == most_json_depth) {
      fail("exceeded max depth");
    }
    open_.push_back(c);
    ++at_;
    skip_blanks();
  }

  void close() {
    open_.pop_back();
    ++at_;
  }

  /// A comma and the next value, or the end of what is open.
  void after_value() {
    skip_blanks();
    const bool in_object = open_.back() == '{';
    if (at(in_object ? '}' : ']')) {
      close();
      return;
    }
    if (!at(',')) {
      fail(in_object ? "after object key:value pair" : "after array element");
    }
    ++at_;
    if (in_object) {
      skip_blanks();
      key();
    }
    value();
  }

  void key() {
    if (!at('"')) {
      fail("looking for beginning of object key string");
    }
    string();
    skip_blanks();
    if (!at(':')) {
      fail("after object key");
    }
    ++at_;
  }

  void scalar() {
    const char c = peek();
    if (c == '"') {
      string();
    } else if (c == '-' || is_digit(c)) {
      number();
    } else if (c == 't') {
      word("true");
    } else if (c == 'f') {
      word("false");
    } else if (c == 'n') {
      word("null");
    } else {
      fail("looking for beginning of value");
    }
  }

  void word(std::string_view whole) {
    for (const char c : whole) {
      if (!at(c)) {
        fail_inside(fmt::format("in literal {} (expecting {})", whole, shown(c)));
      }
      ++at_;
    }
  }

  void digits(std::string_view where) {
    if (!is_digit(peek())) {
      fail_inside(where);
    }
    while (is_digit(peek())) {
      ++at_;
    }
  }

  void number() {
    at_ += at('-') ? 1U : 0U;
    if (at('0')) {
      ++at_;
    } else {
      digits("in numeric literal");
    }
    if (at('.')) {
      ++at_;
      digits("after decimal point in numeric literal");
    }
    if (at('e') || at('E')) {
      ++at_;
      at_ += at('+') || at('-') ? 1U : 0U;
      digits("in exponent of numeric literal");
    }
  }

  void string() {
    for (++at_; !at('"'); ++at_) {
      if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) {
        fail("in string literal");
      }
      if (at('\\')) {
        escape();
      }
    }
    ++at_;
  }

  /// Stops on the last character of the escape.
  void escape() {
    ++at_;
    if (!at('u')) {
      if (at_ >= text_.size() ||
          std::string_view("bfnrt\\/\"").find(text_[at_]) == std::string_view::npos) {
        fail_inside("in string escape code");
      }
      return;
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (!is_hex_digit(peek())) {
        fail_inside("in \\u hexadecimal character escape");
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<char> open_;  // { and [
};

/// The value of `\uXXXX` at the start of the text.
std::optional<unsigned> unicode_escape(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
    return std::nullopt;
  }
  unsigned value = 0;
  std::from_chars(text.data() + 2, text.data() + 6, value, 16);
  return value;
}

bool is_high_surrogate(unsigned value) {
  return value >= 0xD800 && value < 0xDC00;
}
bool is_low_surrogate(unsigned value) {
  return value >= 0xDC00 && value < 0xE000;
}

}  // namespace

void check_json_syntax(std::string_view text) {
  Checker(text).run();
}

std::string repair_json_strings(std::string_view text) {
  std::string out;
  const auto take = [&](std::size_t length) {
    out += text.substr(0, length);
    text.remove_prefix(length);
  };
  while (!text.empty()) {
    if (const auto first = unicode_escape(text)) {
      const auto second = unicode_escape(text.substr(6));
      if (is_high_surrogate(*first) && second && is_low_surrogate(*second)) {
        take(12);
      } else if (is_high_surrogate(*first) || is_low_surrogate(*first)) {
        out += "\\ufffd";
        text.remove_prefix(6);
      } else {
        take(6);
      }
    } else if (text[0] == '\\') {
      take(2);
    } else if (const Rune rune = decode_rune(text); rune.is_broken()) {
      append_utf8(out, replacement_rune);
      text.remove_prefix(1);
    } else {
      take(rune.length);
    }
  }
  return out;
}

}  // namespace dmachine

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/lexer.hpp"

#include "core/text.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace dmachine::gotemplate {

namespace {

using Kind = Token::Kind;

constexpr std::string_view spaces = " \t\r\n";
constexpr std::string_view digits = "0123456789_";

bool is_space(char c) {
  return spaces.find(c) != std::string_view::npos;
}

struct Range {
  char32_t first;
  char32_t last;
};

/// Blocks of symbols and punctuation beyond ASCII; other printable characters there are taken for
/// letters.
constexpr std::array<Range, 10> symbols{{{0xA1, 0xA9},
                                         {0xAB, 0xB4},
                                         {0xB6, 0xB9},
                                         {0xBB, 0xBF},
                                         {0xD7, 0xD7},
                                         {0xF7, 0xF7},
                                         {0x2010, 0x2BFF},
                                         {0x2E00, 0x3004},
                                         {0x3007, 0x3020},
                                         {0x1F000, 0x1FAFF}}};

bool is_alphanumeric(char32_t rune) {
  if (rune < 0x80) {
    return rune == U'_' || (rune >= U'0' && rune <= U'9') ||
           ((rune | 0x20U) >= U'a' && (rune | 0x20U) <= U'z');
  }
  return rune != replacement_rune && is_printable(rune) &&
         std::none_of(symbols.begin(), symbols.end(), [&](const Range& range) {
           return rune >= range.first && rune <= range.last;
         });
}

/// As Go's %#U: U+0041 'A'.
std::string shown_rune(char32_t rune) {
  std::string text = fmt::format("U+{:04X}", static_cast<unsigned>(rune));
  if (is_printable(rune)) {
    text += " '";
    append_utf8(text, rune);
    text += "'";
  }
  return text;
}

Kind kind_of_word(std::string_view word) {
  static const std::map<std::string_view, Kind> words{{"block", Kind::keyword_block},
                                                      {"break", Kind::keyword_break},
                                                      {"continue", Kind::keyword_continue},
                                                      {"define", Kind::keyword_define},
                                                      {"else", Kind::keyword_else},
                                                      {"end", Kind::keyword_end},
                                                      {"if", Kind::keyword_if},
                                                      {"nil", Kind::nil},
                                                      {"range", Kind::keyword_range},
                                                      {"template", Kind::keyword_template},
                                                      {"true", Kind::boolean},
                                                      {"false", Kind::boolean},
                                                      {"with", Kind::keyword_with}};
  const auto found = words.find(word);
  return found == words.end() ? Kind::identifier : found->second;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (lex_text() && lex_action()) {
    }
    return std::move(tokens_);
  }

 private:
  bool at_end() const { return at_ >= source_.size(); }
  bool starts_with(std::string_view what, std::size_t from) const {
    return from <= source_.size() && source_.substr(from, what.size()) == what;
  }
  char peek() const { return at_end() ? '\0' : source_[at_]; }
  bool at_space(std::size_t from) const { return from < source_.size() && is_space(source_[from]); }
  Rune peek_rune() const { return at_end() ? Rune{0, 0} : decode_rune(source_.substr(at_)); }
  bool at_alphanumeric() const { return !at_end() && is_alphanumeric(peek_rune().value); }

  /// The source from the last token on is done with, and no token of its own.
  void skip_to(std::size_t position) {
    const auto text = source_.substr(start_, position - start_);
    line_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    start_ = at_ = position;
  }

  void emit(Kind kind) {
    tokens_.push_back({kind, source_.substr(start_, at_ - start_), start_, line_, {}});
    skip_to(at_);
  }

  bool fail(std::string message) {
    tokens_.push_back({Kind::error, {}, start_, line_, std::move(message)});
    return false;
  }

  bool accept(std::string_view any_of) {
    const bool accepted = !at_end() && any_of.find(peek()) != std::string_view::npos;
    at_ += accepted ? 1U : 0U;
    return accepted;
  }
  void accept_run(std::string_view any_of) {
    while (accept(any_of)) {
    }
  }

  /// Text up to the next action. False at the end of the source.
  bool lex_text() {
    const auto action = source_.find("{{", at_);
    if (action == std::string_view::npos) {
      at_ = source_.size();
      if (at_ > start_) {
        emit(Kind::text);
      }
      emit(Kind::eof);
      return false;
    }
    at_ = action;
    if (is_left_trimmed(action)) {
      const auto last = source_.substr(start_, action - start_).find_last_not_of(spaces);
      at_ = last == std::string_view::npos ? start_ : start_ + last + 1;
    }
    if (at_ > start_) {
      emit(Kind::text);
    }
    skip_to(action);
    return true;
  }

  bool is_left_trimmed(std::size_t delimiter) const {
    return starts_with("-", delimiter + 2) && at_space(delimiter + 3);
  }
  bool is_right_trimmed(std::size_t from) const {
    return at_space(from) && starts_with("-}}", from + 1);
  }
  bool at_right_delimiter() const { return is_right_trimmed(at_) || starts_with("}}", at_); }

  /// One action, from {{ to }}. False when an error ended the source.
  bool lex_action() {
    const std::size_t inside = at_ + 2 + (is_left_trimmed(at_) ? 2U : 0U);
    if (starts_with("/*", inside)) {
      skip_to(inside);
      return lex_comment();
    }
    at_ += 2;
    emit(Kind::left_delimiter);
    skip_to(inside);
    parentheses_ = 0;
    while (!at_right_delimiter()) {
      if (!lex_inside()) {
        return false;
      }
    }
    if (parentheses_ > 0) {
      return fail("unclosed left paren");
    }
    lex_right_delimiter();
    return true;
  }

  void lex_right_delimiter() {
    const bool trims = is_right_trimmed(at_);
    skip_to(at_ + (trims ? 2U : 0U));
    at_ += 2;
    emit(Kind::right_delimiter);
    if (trims) {
      skip_spaces();
    }
  }

  void skip_spaces() { skip_to(std::min(source_.find_first_not_of(spaces, at_), source_.size())); }

  bool lex_comment() {
    const auto end = source_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      return fail("unclosed comment");
    }
    at_ = end + 2;
    if (!at_right_delimiter()) {
      return fail("comment ends before closing delimiter");
    }
    const bool trims = is_right_trimmed(at_);
    skip_to(at_ + (trims ? 4U : 2U));
    if (trims) {
      skip_spaces();
    }
    return true;
  }

  /// One token inside an action.
  bool lex_inside() {
    if (at_end()) {
      return fail("unclosed action");
    }
    if (is_space(peek())) {
      return lex_space();
    }
    const Rune rune = peek_rune();
    const bool digit_follows =
        at_ + 1 < source_.size() && source_[at_ + 1] >= '0' && source_[at_ + 1] <= '9';
    if (std::string_view("+-0123456789").find(peek()) != std::string_view::npos ||
        (peek() == '.' && digit_follows)) {
      return lex_number();
    }
    if (is_alphanumeric(rune.value)) {
      return lex_word(std::nullopt);
    }
    at_ += rune.length;
    switch (rune.value) {
      case U'.':
        return lex_word(Kind::field);
      case U'$':
        return lex_word(Kind::variable);
      case U'"':
        return lex_quoted('"', Kind::string, "unterminated quoted string");
      case U'\'':
        return lex_quoted('\'', Kind::character, "unterminated character constant");
      case U'`':
        return lex_raw();
      default:
        return lex_symbol(rune.value);
    }
  }

  bool lex_symbol(char32_t rune) {
    switch (rune) {
      case U':':
        if (!accept("=")) {
          return fail("expected :=");
        }
        emit(Kind::declare);
        return true;
      case U'=':
        emit(Kind::assign);
        return true;
      case U'|':
        emit(Kind::pipe);
        return true;
      case U'(':
        ++parentheses_;
        emit(Kind::left_parenthesis);
        return true;
      case U')':
        emit(Kind::right_parenthesis);
        return --parentheses_ >= 0 || fail("unexpected right paren U+0029 ')'");
      default:
        break;
    }
    if (rune < 0x80 && is_printable(rune)) {
      emit(Kind::symbol);
      return true;
    }
    return fail("unrecognized character in action: " + shown_rune(rune));
  }

  bool lex_space() {
    // The blank before a trimming delimiter belongs to the delimiter.
    while (!at_end() && is_space(peek()) && !is_right_trimmed(at_)) {
      ++at_;
    }
    emit(Kind::space);
    return true;
  }

  bool lex_quoted(char quote, Kind kind, const char* unterminated) {
    for (;;) {
      if (peek() == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] != '\n') {
        at_ += 2;
      } else if (at_end() || peek() == '\n' || peek() == '\\') {
        return fail(unterminated);
      } else if (source_[at_++] == quote) {
        emit(kind);
        return true;
      }
    }
  }

  bool lex_raw() {
    const auto end = source_.find('`', at_);
    if (end == std::string_view::npos) {
      return fail("unterminated raw quoted string");
    }
    at_ = end + 1;
    emit(Kind::raw_string);
    return true;
  }

  bool lex_number() {
    const auto bad = [&] {
      return fail("bad number syntax: " + go_quote(source_.substr(start_, at_ - start_)));
    };
    if (!scan_number()) {
      return bad();
    }
    if (peek() != '+' && peek() != '-') {
      emit(source_[at_ - 1] == 'i' ? Kind::complex : Kind::number);
      return true;
    }
    if (!scan_number() || source_[at_ - 1] != 'i') {
      return bad();
    }
    emit(Kind::complex);
    return true;
  }

  /// Takes what looks like a number; the parser finds out whether it is one.
  bool scan_number() {
    accept("+-");
    std::string_view allowed = digits;
    if (accept("0")) {
      if (accept("xX")) {
        allowed = "0123456789abcdefABCDEF_";
      } else if (accept("oO")) {
        allowed = "01234567_";
      } else if (accept("bB")) {
        allowed = "01_";
      }
    }
    accept_run(allowed);
    if (accept(".")) {
      accept_run(allowed);
    }
    const bool hexadecimal = allowed.size() > digits.size();
    if ((allowed == digits && accept("eE")) || (hexadecimal && accept("pP"))) {
      accept("+-");
      accept_run(digits);
    }
    accept("i");
    if (at_alphanumeric()) {
      at_ += peek_rune().length;
      return false;
    }
    return true;
  }

  /// What follows a name must end it: `.X.Y` are two, `$x+2` is none.
  bool at_word_end() const {
    return at_end() || is_space(peek()) ||
           std::string_view(".,|:)(").find(peek()) != std::string_view::npos ||
           starts_with("}}", at_);
  }

  /// Identifiers and keywords (no kind given), fields and variables behind their first character.
  bool lex_word(std::optional<Kind> kind) {
    while (at_alphanumeric()) {
      at_ += peek_rune().length;
    }
    if (!at_word_end()) {
      return fail("bad character " + shown_rune(peek_rune().value));
    }
    const std::string_view word = source_.substr(start_, at_ - start_);
    emit(word == "." ? Kind::dot : kind ? *kind : kind_of_word(word));
    return true;
  }

  std::string_view source_;
  std::size_t start_ = 0;  // of the token in work
  std::size_t line_ = 1;   // there
  std::size_t at_ = 0;
  int parentheses_ = 0;
  std::vector<Token> tokens_;
};

/// The first ten characters in quotes.
std::string shortened(std::string_view text) {
  std::size_t end = 0;
  for (int i = 0; i < 10 && end < text.size(); ++i) {
    end += decode_rune(text.substr(end)).length;
  }
  return go_quote(text.substr(0, end)) + "...";
}

}  // namespace

std::string Token::shown() const {
  if (kind == Kind::eof) {
    return "EOF";
  }
  if (kind == Kind::error) {
    return error;
  }
  if (kind >= Kind::keyword_block) {
    return fmt::format("<{}>", source);
  }
  return source.size() > 10 ? shortened(source) : go_quote(source);
}

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace dmachine::gotemplate

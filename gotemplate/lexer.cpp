// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "gotemplate/lexer.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "core/text.hpp"

namespace dmachine::gotemplate {

namespace {

using Kind = Token::Kind;

constexpr std::string_view spaces = " \t\r\n";

bool is_space(char c) { return spaces.find(c) != std::string_view::npos; }

bool is_alphanumeric(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '_' || byte >= 0x80 || std::isalnum(byte) != 0;
}

const std::map<std::string_view, Kind>& keywords() {
  static const std::map<std::string_view, Kind> table{
      {"block", Kind::keyword_block},       {"break", Kind::keyword_break},
      {"continue", Kind::keyword_continue}, {"define", Kind::keyword_define},
      {"else", Kind::keyword_else},         {"end", Kind::keyword_end},
      {"if", Kind::keyword_if},             {"nil", Kind::nil},
      {"range", Kind::keyword_range},       {"template", Kind::keyword_template},
      {"true", Kind::boolean},              {"false", Kind::boolean},
      {"with", Kind::keyword_with}};
  return table;
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
  bool starts_with(std::string_view what) const { return source_.substr(at_, what.size()) == what; }
  bool at_end() const { return at_ >= source_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  std::size_t line_of(std::size_t position) const {
    return 1 + static_cast<std::size_t>(std::count(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
  }

  void emit(Kind kind, std::size_t from) {
    tokens_.push_back({kind, std::string(source_.substr(from, at_ - from)), from, line_of(from)});
  }

  bool fail(const std::string& message) {
    tokens_.push_back({Kind::error, message, at_, line_of(std::min(at_, source_.size()))});
    return false;
  }

  bool trims_left() const { return starts_with("{{-") && is_space(peek(3)); }

  /// Text up to the next action. False at the end of the source.
  bool lex_text() {
    const std::size_t from = at_;
    const auto action = source_.find("{{", at_);
    at_ = action == std::string_view::npos ? source_.size() : action;
    std::string_view text = source_.substr(from, at_ - from);
    if (action != std::string_view::npos && trims_left()) {
      text = text.substr(0, text.find_last_not_of(spaces) + 1);
    }
    std::size_t start = from;
    if (trim_next_) {
      const auto skip = std::min(text.find_first_not_of(spaces), text.size());
      text.remove_prefix(skip);
      start += skip;
    }
    trim_next_ = false;
    if (!text.empty()) {
      tokens_.push_back({Kind::text, std::string(text), start, line_of(start)});
    }
    if (action == std::string_view::npos) {
      tokens_.push_back({Kind::eof, "", at_, line_of(at_)});
      return false;
    }
    return true;
  }

  /// One action, from {{ to }}. False when an error ended the source.
  bool lex_action() {
    const std::size_t from = at_;
    const std::size_t marker = trims_left() ? 1U : 0U;
    if (source_.substr(at_ + 2 + marker + (marker != 0 ? 1U : 0U), 2) == "/*") {
      return lex_comment(marker != 0 ? 4 : 2);
    }
    at_ += 2;
    emit(Kind::left_delimiter, from);
    at_ += marker;
    parentheses_ = 0;
    for (;;) {
      if (at_end()) {
        return fail("unclosed action");
      }
      const bool trims = is_space(peek()) && source_.substr(at_ + 1, 3) == "-}}";
      if (trims || starts_with("}}")) {
        if (parentheses_ > 0) {
          return fail("unclosed left paren");
        }
        at_ += trims ? 2U : 0U;
        const std::size_t delimiter = at_;
        at_ += 2;
        emit(Kind::right_delimiter, delimiter);
        trim_next_ = trims;
        return true;
      }
      if (!lex_inside()) {
        return false;
      }
    }
  }

  bool lex_comment(std::size_t skip) {
    at_ += skip;
    const auto end = source_.find("*/", at_);
    if (end == std::string_view::npos) {
      return fail("unclosed comment");
    }
    at_ = end + 2;
    const bool trims = is_space(peek()) && source_.substr(at_ + 1, 3) == "-}}";
    if (!trims && !starts_with("}}")) {
      return fail("comment ends before closing delimiter");
    }
    at_ += trims ? 4U : 2U;
    trim_next_ = trims;
    return true;
  }

  bool lex_inside() {
    const std::size_t from = at_;
    const char c = peek();
    if (is_space(c)) {
      // The blank before a trimming delimiter belongs to the delimiter.
      while (!at_end() && is_space(peek()) && source_.substr(at_ + 1, 3) != "-}}") {
        ++at_;
      }
      if (at_ > from) {
        emit(Kind::space, from);
      }
      return true;
    }
    ++at_;
    switch (c) {
      case ':':
        if (peek() != '=') {
          return fail("expected :=");
        }
        ++at_;
        emit(Kind::declare, from);
        return true;
      case '=':
        emit(Kind::assign, from);
        return true;
      case '|':
        emit(Kind::pipe, from);
        return true;
      case ',':
        emit(Kind::comma, from);
        return true;
      case '(':
        ++parentheses_;
        emit(Kind::left_parenthesis, from);
        return true;
      case ')':
        emit(Kind::right_parenthesis, from);
        if (--parentheses_ < 0) {
          return fail("unexpected right paren");
        }
        return true;
      case '"':
        return lex_quoted(from, '"', Kind::string, "unterminated quoted string");
      case '\'':
        return lex_quoted(from, '\'', Kind::character, "unterminated character constant");
      case '`':
        return lex_raw(from);
      case '$':
        return lex_word(from, Kind::variable);
      case '.':
        if (!(peek() >= '0' && peek() <= '9')) {
          return lex_word(from, Kind::field);
        }
        return lex_number(from);
      default:
        break;
    }
    if (c == '+' || c == '-' || (c >= '0' && c <= '9')) {
      return lex_number(from);
    }
    if (is_alphanumeric(c)) {
      return lex_word(from, Kind::identifier);
    }
    if (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F) {
      emit(Kind::symbol, from);
      return true;
    }
    return fail(fmt::format("unrecognized character in action: U+{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c))));
  }

  bool lex_quoted(std::size_t from, char quote, Kind kind, const char* unterminated) {
    for (;;) {
      if (at_end() || peek() == '\n') {
        return fail(unterminated);
      }
      const char c = source_[at_++];
      if (c == '\\' && !at_end() && peek() != '\n') {
        ++at_;
      } else if (c == quote) {
        emit(kind, from);
        return true;
      }
    }
  }

  bool lex_raw(std::size_t from) {
    const auto end = source_.find('`', at_);
    if (end == std::string_view::npos) {
      at_ = source_.size();
      return fail("unterminated raw quoted string");
    }
    at_ = end + 1;
    emit(Kind::raw_string, from);
    return true;
  }

  bool lex_number(std::size_t from) {
    at_ = from;
    if (peek() == '+' || peek() == '-') {
      ++at_;
    }
    const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    while (!at_end()) {
      const char c = peek();
      const char before = at_ > from ? source_[at_ - 1] : '\0';
      const bool exponent_sign = (c == '+' || c == '-') && (hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E');
      if (!is_alphanumeric(c) && c != '.' && !exponent_sign) {
        break;
      }
      ++at_;
    }
    emit(Kind::number, from);
    return true;
  }

  /// Identifiers, keywords, fields and variables; what follows must end a word.
  bool lex_word(std::size_t from, Kind kind) {
    while (!at_end() && is_alphanumeric(peek())) {
      ++at_;
    }
    const char next = peek();
    const bool ends = at_end() || is_space(next) || std::string_view(".,|:)(").find(next) != std::string_view::npos ||
                      starts_with("}}") || next == '=';
    if (!ends) {
      return fail(fmt::format("bad character U+{:04X} {}", static_cast<unsigned>(static_cast<unsigned char>(next)),
                              fmt::format("'{}'", next)));
    }
    const std::string_view word = source_.substr(from, at_ - from);
    if (kind == Kind::field && word == ".") {
      kind = Kind::dot;
    }
    if (kind == Kind::identifier) {
      const auto keyword = keywords().find(word);
      kind = keyword == keywords().end() ? Kind::identifier : keyword->second;
    }
    emit(kind, from);
    return true;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool trim_next_ = false;
  int parentheses_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::string Token::shown() const {
  if (kind == Kind::eof) {
    return "EOF";
  }
  if (kind == Kind::error) {
    return text;
  }
  if (is_keyword()) {
    return fmt::format("<{}>", text);
  }
  return text.size() > 10 ? go_quote(text.substr(0, 10)) + "..." : go_quote(text);
}

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace dmachine::gotemplate

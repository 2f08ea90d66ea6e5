// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/regexp_parser.hpp"

#include "cli/regexp_characters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace dmachine::cli {

namespace {

using Step = Regexp::Step;
using Op = Step::Op;

constexpr int most_repeats = 1000;           // Go's own limit
constexpr std::size_t most_steps = 200'000;  // a{1000}{1000} would be a million
constexpr int deepest = 1000;                // Go's limit for nested groups

/// Part of a program with one way in, whose way out is not yet known: `out` is an empty step.
struct Part {
  std::size_t in = 0;
  std::size_t out = 0;
};

class RegexpParser {
 public:
  explicit RegexpParser(std::string_view pattern) : all_(pattern), rest_(pattern) {}

  RegexpProgram run() {
    const Part whole = alternatives(0);
    if (!rest_.empty()) {
      refuse_regexp("unexpected )", all_);
    }
    steps_[whole.out].next = add({Op::match});
    return {std::move(steps_), whole.in};
  }

 private:
  struct Flags {
    bool fold = false;        // i
    bool lines = false;       // m: ^ and $ at lines
    bool dot_is_all = false;  // s
  };

  std::size_t add(Step step) {
    if (steps_.size() == most_steps) {
      refuse_regexp("expression too large", all_);
    }
    steps_.push_back(std::move(step));
    return steps_.size() - 1;
  }

  Part nothing() {
    const auto step = add({Op::empty});
    return {step, step};
  }

  Part single(Step step) {
    const auto out = add({Op::empty});
    step.next = out;
    return {add(std::move(step)), out};
  }

  Part characters(Ranges ranges) {
    Step step{Op::one_of};
    step.ranges = flags_.fold ? folded(std::move(ranges)) : std::move(ranges);
    return single(std::move(step));
  }

  Part chain(Part first, Part second) {
    steps_[first.out].next = second.in;
    return {first.in, second.out};
  }

  bool takes(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) {
      return false;
    }
    rest_.remove_prefix(text.size());
    return true;
  }

  Part alternatives(int depth) {
    if (depth == deepest) {
      refuse_regexp("expression nests too deeply", all_);
    }
    const Flags outer = flags_;
    Part whole = sequence(depth);
    while (takes("|")) {
      const Part other = sequence(depth);
      const auto out = add({Op::empty});
      steps_[whole.out].next = out;
      steps_[other.out].next = out;
      whole = {add({Op::split, whole.in, other.in}), out};
    }
    flags_ = outer;
    return whole;
  }

  Part sequence(int depth) {
    Part whole = nothing();
    while (!rest_.empty() && rest_[0] != '|' && rest_[0] != ')') {
      const auto from = rest_;
      // What is repeated is parsed again for each copy.
      const auto before = flags_;
      Part part = atom(depth);
      if (const auto repeat = find_repeat()) {
        part = repeated(part, *repeat, [&] {
          const auto after = rest_;
          const auto kept = flags_;
          rest_ = from;
          flags_ = before;
          const Part copy = atom(depth);
          rest_ = after;
          flags_ = kept;
          return copy;
        });
      }
      whole = chain(whole, part);
    }
    return whole;
  }

  struct Repeat {
    int least = 0;
    int most = 0;  // -1: no limit
  };

  /// One operator at most: Go has none that are repeated themselves, but for a `?` (lazy).
  std::optional<Repeat> find_repeat() {
    const auto from = rest_;
    const auto repeat = take_repeat();
    if (!repeat) {
      return std::nullopt;
    }
    takes("?");
    const auto after = rest_;
    if (take_repeat()) {
      refuse_regexp("invalid nested repetition operator",
                    from.substr(0, from.size() - rest_.size()));
    }
    rest_ = after;
    return repeat;
  }

  std::optional<Repeat> take_repeat() {
    if (takes("*")) {
      return Repeat{0, -1};
    }
    if (takes("+")) {
      return Repeat{1, -1};
    }
    if (takes("?")) {
      return Repeat{0, 1};
    }
    return take_counts();
  }

  /// {2}, {2,} or {2,5}; what looks otherwise is text.
  std::optional<Repeat> take_counts() {
    const auto from = rest_;
    if (!takes("{")) {
      return std::nullopt;
    }
    const auto least = take_count();
    Repeat repeat{least.value_or(0), least.value_or(0)};
    if (least && takes(",")) {
      repeat.most = !rest_.empty() && rest_[0] == '}' ? -1 : take_count().value_or(-2);
    }
    if (!least || repeat.most == -2 || !takes("}")) {
      rest_ = from;
      return std::nullopt;
    }
    if (repeat.least > most_repeats || repeat.most > most_repeats ||
        (repeat.most >= 0 && repeat.most < repeat.least)) {
      refuse_regexp("invalid repeat count", from.substr(0, from.size() - rest_.size()));
    }
    return repeat;
  }

  std::optional<int> take_count() {
    const auto end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto digits = rest_.substr(0, end);
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) {
      return std::nullopt;
    }
    rest_.remove_prefix(end);
    return digits.size() > 4 ? most_repeats + 1 : std::stoi(std::string(digits));
  }

  template <typename Again>
  Part repeated(Part first, Repeat repeat, const Again& again) {
    Part whole = nothing();
    bool used = false;
    const auto next_copy = [&] { return std::exchange(used, true) ? again() : first; };
    for (int i = 0; i < repeat.least; ++i) {
      whole = chain(whole, next_copy());
    }
    if (repeat.most == -1) {
      const Part loop = next_copy();
      const auto out = add({Op::empty});
      const auto split = add({Op::split, loop.in, out});
      steps_[loop.out].next = split;
      return chain(whole, {split, out});
    }
    for (int i = repeat.least; i < repeat.most; ++i) {
      const Part maybe = next_copy();
      whole = chain(whole, {add({Op::split, maybe.in, maybe.out}), maybe.out});
    }
    return whole;
  }

  Part atom(int depth) {
    const auto from = rest_;
    if (takes("(")) {
      return group(depth);
    }
    if (takes("[")) {
      return single({Op::one_of, 0, 0, take_bracket(rest_, from, flags_.fold)});
    }
    if (takes(".")) {
      return characters(flags_.dot_is_all ? Ranges{{0, last_character}} : inverted({{'\n', '\n'}}));
    }
    if (takes("^")) {
      return single({flags_.lines ? Op::line_begin : Op::text_begin});
    }
    if (takes("$")) {
      return single({flags_.lines ? Op::line_end : Op::text_end});
    }
    if (takes("\\")) {
      return escaped(from);
    }
    if (take_repeat()) {
      refuse_regexp("missing argument to repetition operator",
                    from.substr(0, from.size() - rest_.size()));
    }
    const auto c = take_character(rest_);
    return characters({{c, c}});
  }

  Part group(int depth) {
    const Flags outer = flags_;
    if (takes("?")) {
      const auto from = rest_;
      if (takes("P<") || takes("<")) {
        take_name(from);
      } else if (!take_flags(from)) {
        return nothing();  // (?i) counts to the end of the group around it
      }
    }
    const Part inner = alternatives(depth + 1);
    if (!takes(")")) {
      refuse_regexp("missing closing )", all_);
    }
    flags_ = outer;
    return inner;
  }

  void take_name(std::string_view from) {
    const auto end = rest_.find('>');
    const auto name = rest_.substr(0, std::min(end, rest_.size()));
    const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
    if (end == std::string_view::npos || !good) {
      refuse_regexp(
          "invalid named capture",
          fmt::format("(?{}", from.substr(0, std::min(from.find('>'), from.size() - 1) + 1)));
    }
    rest_.remove_prefix(end + 1);
  }

  /// Flags after `(?`. False when there was no group: `(?i)`.
  bool take_flags(std::string_view from) {
    bool on = true;
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      switch (c) {
        case 'i':
          flags_.fold = on;
          break;
        case 'm':
          flags_.lines = on;
          break;
        case 's':
          flags_.dot_is_all = on;
          break;
        case 'U':  // which match is taken is no matter here
          break;
        case '-':
          on = false;
          break;
        case ':':
          return true;
        case ')':
          return false;
        default:
          refuse_regexp("invalid or unsupported Perl syntax",
                        fmt::format("(?{}", from.substr(0, from.size() - rest_.size())));
      }
    }
    refuse_regexp("invalid or unsupported Perl syntax", fmt::format("(?{}", from));
  }

  Part escaped(std::string_view from) {
    const char c = rest_.empty() ? '\0' : rest_[0];
    switch (c) {
      case 'A':
        rest_.remove_prefix(1);
        return single({Op::text_begin});
      case 'z':
        rest_.remove_prefix(1);
        return single({Op::text_end});
      case 'b':
        rest_.remove_prefix(1);
        return single({Op::word_edge});
      case 'B':
        rest_.remove_prefix(1);
        return single({Op::no_word_edge});
      case 'Q':
        rest_.remove_prefix(1);
        return quoted();
      default:
        break;
    }
    if (auto ranges = perl_class(c)) {
      rest_.remove_prefix(1);
      return characters(*std::move(ranges));
    }
    const char32_t one = take_escape(rest_, from);
    return characters({{one, one}});
  }

  /// \Q…\E: all of it as it stands.
  Part quoted() {
    const auto end = std::min(rest_.find("\\E"), rest_.size());
    auto text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 2, rest_.size()));
    Part whole = nothing();
    while (!text.empty()) {
      const auto c = take_character(text);
      whole = chain(whole, characters({{c, c}}));
    }
    return whole;
  }

  std::string_view all_;
  std::string_view rest_;
  Flags flags_;
  std::vector<Step> steps_;
};

}  // namespace

RegexpProgram parse_regexp(std::string_view pattern) {
  return RegexpParser(pattern).run();
}

}  // namespace dmachine::cli

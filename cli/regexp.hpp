// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace dmachine::cli {

/// A regular expression in the syntax of Go's regexp package (RE2), as `ls --filter name=` takes
/// it. Only whether it matches anywhere is asked. Time grows with the length of the text times that
/// of the expression, whatever they are. Left out: Unicode classes (\pL), and letters beyond ASCII
/// under (?i).
class Regexp {
 public:
  /// Throws Error{usage} in Go's words: error parsing regexp: missing closing ]: `[`.
  explicit Regexp(std::string_view pattern);

  bool matches(std::string_view text) const;

  /// First and last code point.
  using Range = std::pair<char32_t, char32_t>;

  /// One instruction of the program that an expression becomes.
  struct Step {
    enum class Op {
      one_of,  // a character in one of the ranges
      split,   // goes on at both `next` and `other`
      text_begin,
      text_end,
      line_begin,
      line_end,
      word_edge,
      no_word_edge,
      empty,
      match,
    } op = Op::empty;
    std::size_t next = 0;
    std::size_t other = 0;
    std::vector<Range> ranges{};
  };

 private:
  std::vector<Step> program_;
  std::size_t start_ = 0;
};

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/regexp.hpp"

#include "cli/regexp_characters.hpp"
#include "cli/regexp_parser.hpp"

#include <algorithm>
#include <string>

namespace dmachine::cli {

namespace {

bool is_word(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// Runs a program over a text, all ways at once.
class Run {
 public:
  Run(const std::vector<Regexp::Step>& program, std::string_view text) : program_(program) {
    while (!text.empty()) {
      text_.push_back(take_character(text));
    }
  }

  bool finds(std::size_t start) {
    std::vector<std::size_t> waiting;
    for (at_ = 0;; ++at_) {
      seen_.assign(program_.size(), false);
      std::vector<std::size_t> here;
      for (const auto step : waiting) {
        follow(step, here);
      }
      follow(start, here);
      if (matched_ || at_ == text_.size()) {
        return matched_;
      }
      waiting.clear();
      for (const auto step : here) {
        const auto& ranges = program_[step].ranges;
        if (std::any_of(ranges.begin(), ranges.end(), [&](const Regexp::Range& range) {
              return range.first <= text_[at_] && text_[at_] <= range.second;
            })) {
          waiting.push_back(program_[step].next);
        }
      }
    }
  }

 private:
  bool holds(Regexp::Step::Op op) const {
    using Op = Regexp::Step::Op;
    const bool at_end = at_ == text_.size();
    const bool edge = (at_ > 0 && is_word(text_[at_ - 1])) != (!at_end && is_word(text_[at_]));
    switch (op) {
      case Op::text_begin:
        return at_ == 0;
      case Op::text_end:
        return at_end;
      case Op::line_begin:
        return at_ == 0 || text_[at_ - 1] == '\n';
      case Op::line_end:
        return at_end || text_[at_] == '\n';
      case Op::word_edge:
        return edge;
      case Op::no_word_edge:
        return !edge;
      default:
        return true;
    }
  }

  /// Collects the steps that wait for a character, without recursion: programs may be long.
  void follow(std::size_t from, std::vector<std::size_t>& waiting) {
    std::vector<std::size_t> open{from};
    while (!open.empty()) {
      const auto index = open.back();
      open.pop_back();
      if (seen_[index]) {
        continue;
      }
      seen_[index] = true;
      const auto& step = program_[index];
      if (step.op == Regexp::Step::Op::match) {
        matched_ = true;
      } else if (step.op == Regexp::Step::Op::one_of) {
        waiting.push_back(index);
      } else if (holds(step.op)) {
        open.push_back(step.next);
        if (step.op == Regexp::Step::Op::split) {
          open.push_back(step.other);
        }
      }
    }
  }

  const std::vector<Regexp::Step>& program_;
  std::u32string text_;
  std::size_t at_ = 0;
  std::vector<bool> seen_;
  bool matched_ = false;
};

}  // namespace

Regexp::Regexp(std::string_view pattern) {
  RegexpProgram program = parse_regexp(pattern);
  program_ = std::move(program.steps);
  start_ = program.start;
}

bool Regexp::matches(std::string_view text) const {
  return Run(program_, text).finds(start_);
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/utf8.hpp"
#include "gotemplate/format.hpp"
#include "gotemplate/printer.hpp"

#include <optional>
#include <string_view>

namespace dmachine::gotemplate {

namespace {

constexpr int most_width = 1000000;  // Go's

/// Walks a format as fmt.Sprintf does.
class Printf {
 public:
  Printf(std::string_view format, const std::vector<Value>& arguments)
      : format_(format), arguments_(arguments) {}

  std::string run() {
    while (at_ < format_.size()) {
      const auto percent = std::min(format_.find('%', at_), format_.size());
      printer_.add(format_.substr(at_, percent - at_));
      at_ = percent + 1;
      if (percent < format_.size()) {
        directive();
      }
    }
    if (!reordered_ && next_ < arguments_.size()) {
      add_extra();
    }
    return printer_.take();
  }

 private:
  bool at(char c) const { return at_ < format_.size() && format_[at_] == c; }

  void directive() {
    good_index_ = true;
    Flags flags = read_flags();
    bool after_index = read_index();
    read_width(flags, after_index);
    read_precision(flags, after_index);
    if (!after_index) {
      read_index();
    }
    if (at_ >= format_.size()) {
      printer_.add("%!(NOVERB)");
      return;
    }
    const Rune verb = decode_rune(format_.substr(at_));
    at_ += verb.length;
    print(flags, verb.value);
  }

  void print(Flags flags, char32_t verb) {
    if (verb == U'%') {
      printer_.add("%");
    } else if (!good_index_) {
      complain(verb, "BADINDEX");
    } else if (next_ >= arguments_.size()) {
      complain(verb, "MISSING");
    } else {
      if (verb == U'v') {  // # and + mean something else here
        flags.sharp_v = std::exchange(flags.sharp, false);
        flags.plus_v = std::exchange(flags.plus, false);
      }
      printer_.print(flags, verb, arguments_[next_++]);
    }
  }

  void complain(char32_t verb, std::string_view what) {
    std::string text = "%!";
    append_utf8(text, verb);
    printer_.add(text + "(" + std::string(what) + ")");
  }

  Flags read_flags() {
    Flags flags;
    for (; at_ < format_.size(); ++at_) {
      switch (format_[at_]) {
        case '-':
          flags.minus = true;
          flags.zero = false;
          break;
        case '+':
          flags.plus = true;
          break;
        case '#':
          flags.sharp = true;
          break;
        case ' ':
          flags.space = true;
          break;
        case '0':
          flags.zero = !flags.minus;
          break;
        default:
          return flags;
      }
    }
    return flags;
  }

  /// `[3]`: the next argument is the third. True when there was a well-formed one.
  bool read_index() {
    if (!at('[')) {
      return false;
    }
    reordered_ = true;
    const auto close = format_.find(']', at_);
    if (format_.size() - at_ < 3 || close == std::string_view::npos) {
      at_ += 1;
      good_index_ = false;
      return false;
    }
    ++at_;
    const auto number = read_number();
    const bool well_formed = number && at_ == close;
    at_ = close + 1;
    if (!well_formed || *number < 1 || static_cast<std::size_t>(*number) > arguments_.size()) {
      good_index_ = false;
      return well_formed;
    }
    next_ = static_cast<std::size_t>(*number) - 1;
    return true;
  }

  /// `*` takes the width from the arguments; a negative one pads on the right.
  void read_width(Flags& flags, bool& after_index) {
    if (!at('*')) {
      flags.width = read_number();
      good_index_ = good_index_ && !(after_index && flags.width);
      return;
    }
    ++at_;
    flags.width = take_integer();
    if (!flags.width) {
      printer_.add("%!(BADWIDTH)");
    } else if (*flags.width < 0) {
      flags.width = -*flags.width;
      flags.minus = true;
      flags.zero = false;
    }
    after_index = false;
  }

  void read_precision(Flags& flags, bool& after_index) {
    if (!at('.') || at_ + 1 >= format_.size()) {
      return;
    }
    ++at_;
    good_index_ = good_index_ && !after_index;
    after_index = read_index();
    if (!at('*')) {
      flags.precision = read_number().value_or(0);
      return;
    }
    ++at_;
    flags.precision = take_integer();
    if (!flags.precision || *flags.precision < 0) {
      flags.precision.reset();
      printer_.add("%!(BADPREC)");
    }
    after_index = false;
  }

  /// Digits. A number beyond all sense ends the format, as in Go.
  std::optional<int> read_number() {
    std::optional<int> number;
    for (; at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
      if (number.value_or(0) > most_width) {
        at_ = format_.size();
        return std::nullopt;
      }
      number = number.value_or(0) * 10 + (format_[at_] - '0');
    }
    return number;
  }

  std::optional<int> take_integer() {
    if (next_ >= arguments_.size()) {
      return std::nullopt;
    }
    const Value& value = arguments_[next_++];
    const auto* named = value.get<NamedInteger>();
    const auto* integer = named != nullptr ? &named->number : value.get<std::int64_t>();
    if (integer == nullptr || *integer > most_width || *integer < -most_width) {
      return std::nullopt;
    }
    return static_cast<int>(*integer);
  }

  void add_extra() {
    printer_.add("%!(EXTRA ");
    for (std::size_t i = next_; i < arguments_.size(); ++i) {
      printer_.add(i > next_ ? ", " : "");
      printer_.add(arguments_[i].is_nil() ? "" : go_type_name(arguments_[i]) + "=");
      printer_.print({}, U'v', arguments_[i]);
    }
    printer_.add(")");
  }

  std::string_view format_;
  const std::vector<Value>& arguments_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool reordered_ = false;
  bool good_index_ = true;
  Printer printer_;
};

}  // namespace

std::string go_sprintf(const std::string& format, const std::vector<Value>& arguments) {
  return Printf(format, arguments).run();
}

}  // namespace dmachine::gotemplate

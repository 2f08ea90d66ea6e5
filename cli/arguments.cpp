// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.hpp"

#include "cli/suggest.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dmachine::cli {

namespace {

bool looks_like_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

const Option* find_spelling(std::span<const Option> options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option& option) {
    return option.flag == name || (!option.alias.empty() && option.alias == name);
  });
  return found == options.end() ? nullptr : &*found;
}

/// A value from a variable that cannot be read is left aside, as the reference does, but not
/// silently.
void take_environment(OptionValues& values) {
  for (const Option& option : values.options()) {
    if (option.env.empty()) {
      continue;
    }
    const auto text = find_env(std::string(option.env).c_str());
    if (!text) {
      continue;
    }
    try {
      if (option.kind == Option::Kind::list) {
        for (const auto& part : split(*text, ',')) {
          values.set(option.flag, trim(part), Origin::environment);
        }
      } else {
        values.set(option.flag, *text, Origin::environment);
      }
    } catch (const Error&) {
      log::debug("ignoring {}: not a value for --{}", option.env, option.flag);
    }
  }
}

/// An integer that is well-formed, however large.
bool is_decimal(std::string_view text) {
  text.remove_prefix(!text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0);
  return !text.empty() && text[0] != '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// In the words of Go's flag package, with the spelling that was used.
void check_value(const Option& option, std::string_view name, std::string_view text) {
  if (option.kind == Option::Kind::boolean && !parse_go_bool(text)) {
    throw UsageError(
        fmt::format("invalid boolean value {} for -{}: parse error", go_quote(text), name));
  }
  if (option.kind == Option::Kind::integer && !parse_go_int(text)) {
    throw UsageError(fmt::format("invalid value {} for flag -{}: {}", go_quote(text), name,
                                 is_decimal(text) ? "value out of range" : "parse error"));
  }
}

class Parser {
 public:
  Parser(const std::vector<std::string>& words, Arguments& into) : words_(words), into_(into) {}

  void run() {
    while (at_ < words_.size() && looks_like_option(words_[at_])) {
      if (words_[at_] == "--") {
        ++at_;
        break;
      }
      take_option();
    }
    for (const Option& option : into_.options.options()) {
      check_spelling(option);
    }
    check_spelling(help_option);
    into_.words.assign(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
  }

 private:
  void take_option() {
    const std::string& word = words_[at_++];
    const std::string_view body = std::string_view(word).substr(word[1] == '-' ? 2 : 1);
    if (body.empty() || body[0] == '-' || body[0] == '=') {
      throw UsageError(fmt::format("bad flag syntax: {}", word));
    }
    const auto equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    const Option& option = find_option(name);
    const std::string text = value_of(option, name, body, equals);
    check_value(option, name, text);
    seen_.insert(std::string(name));
    if (&option == &help_option) {
      into_.help = *parse_go_bool(text);
    } else {
      into_.options.set(option.flag, text, Origin::command_line);
    }
  }

  const Option& find_option(std::string_view name) const {
    if (const Option* option = find_spelling(into_.options.options(), name)) {
      return *option;
    }
    if (name == help_option.flag || name == help_option.alias) {
      return help_option;
    }
    throw UnknownFlag(std::string(name), suggest_option(name, into_.options.options()));
  }

  std::string value_of(const Option& option, std::string_view name, std::string_view body,
                       std::size_t equals) {
    if (equals != std::string_view::npos) {
      return std::string(body.substr(equals + 1));
    }
    if (option.kind == Option::Kind::boolean) {
      return "true";  // never takes the next word
    }
    if (at_ == words_.size()) {
      throw UsageError(fmt::format("flag needs an argument: -{}", name));
    }
    return words_[at_++];
  }

  /// `-f` and `--force` may not both be given; one of them twice may.
  void check_spelling(const Option& option) const {
    if (seen_.count(std::string(option.flag)) > 0 && seen_.count(std::string(option.alias)) > 0) {
      const auto message =
          fmt::format("Cannot use two forms of the same flag: {} {}", option.alias, option.flag);
      throw UsageError(message, {}, message + "\n");  // the reference says it in both places
    }
  }

  const std::vector<std::string>& words_;
  Arguments& into_;
  std::size_t at_ = 0;
  std::set<std::string> seen_;  // spellings
};

}  // namespace

Arguments parse_leading_options(const std::vector<std::string>& words,
                                std::span<const Option> options) {
  Arguments arguments{OptionValues(options), {}, false};
  take_environment(arguments.options);
  Parser(words, arguments).run();
  return arguments;
}

Arguments parse_command_words(const std::vector<std::string>& words,
                              std::span<const Option> options) {
  const auto terminator = std::find(words.begin(), words.end(), "--");
  const auto first_option = std::find_if(
      words.begin(), terminator, [](const std::string& word) { return word.rfind('-', 0) == 0; });
  if (first_option == terminator) {
    return parse_leading_options(words, options);
  }
  // Options first, then what stood before them, then the terminator and the rest: so an option at
  // the end of the line takes the first name for its value, and a terminator that comes after a
  // name is an ordinary word.
  std::vector<std::string> reordered(first_option, terminator);
  reordered.insert(reordered.end(), words.begin(), first_option);
  reordered.insert(reordered.end(), terminator, words.end());
  return parse_leading_options(reordered, options);
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/log.hpp"
#include "core/text.hpp"

namespace dmachine::cli {

namespace {

bool looks_like_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

const Option* find_spelling(std::span<const Option> options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option& option) {
    return option.flag == name || (!option.alias.empty() && option.alias == name);
  });
  return found == options.end() ? nullptr : &*found;
}

std::string nearest(std::span<const Option> options, std::string_view name) {
  std::string_view best;
  std::size_t best_distance = 3;  // further apart is another word
  for (const Option& option : options) {
    const std::size_t distance = edit_distance(option.flag, name);
    if (distance < best_distance) {
      best = option.flag;
      best_distance = distance;
    }
  }
  return best.empty() ? "" : fmt::format("did you mean --{}?", best);
}

/// A value from a variable that cannot be read is left aside, as the reference does, but not silently.
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
    const Option* option = find_spelling(into_.options.options(), name);
    if (option == nullptr) {
      if (name == "help" || name == "h") {
        into_.help = true;
        return;
      }
      throw UsageError(fmt::format("flag provided but not defined: -{}", name),
                       nearest(into_.options.options(), name));
    }
    check_spelling(*option, name);
    into_.options.set(option->flag, value_of(*option, name, body, equals), Origin::command_line);
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
  void check_spelling(const Option& option, std::string_view name) {
    if (option.alias.empty()) {
      return;
    }
    seen_.insert(std::string(name));
    if (seen_.count(std::string(option.flag)) > 0 && seen_.count(std::string(option.alias)) > 0) {
      throw UsageError(fmt::format("Cannot use two forms of the same flag: {} {}", option.alias, option.flag));
    }
  }

  const std::vector<std::string>& words_;
  Arguments& into_;
  std::size_t at_ = 0;
  std::set<std::string> seen_;
};

}  // namespace

Arguments parse_leading_options(const std::vector<std::string>& words, std::span<const Option> options) {
  Arguments arguments{OptionValues(options), {}, false};
  take_environment(arguments.options);
  try {
    Parser(words, arguments).run();
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    throw UsageError(error.what(), error.hint());  // a bad value
  }
  return arguments;
}

Arguments parse_command_words(const std::vector<std::string>& words, std::span<const Option> options) {
  const auto first_option = std::find_if(words.begin(), words.end(), looks_like_option);
  const std::vector<std::string> set_aside(words.begin(), first_option);
  const bool ends_options = first_option != words.end() && *first_option == "--" && !set_aside.empty();
  // A `--` after a name is an ordinary word to the reference.
  if (ends_options) {
    Arguments plain = parse_leading_options({}, options);
    plain.words = words;
    return plain;
  }
  Arguments arguments =
      parse_leading_options(std::vector<std::string>(first_option, words.end()), options);
  arguments.words.insert(arguments.words.end(), set_aside.begin(), set_aside.end());
  return arguments;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"
#include "drivers/option.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Words to options and arguments, by the rules of the reference's parser: Go's flag package under
/// codegangsta/cli (cli.md section 2). See docs/decisions/0001-own-option-parser.md for why this is
/// our own.
namespace dmachine::cli {

/// The command line is wrong: `heading` and the help go to stdout, the message to stderr.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message, std::string hint = {},
                      std::string heading = "Incorrect Usage.\n")
      : Error(Errc::usage, message, std::move(hint)), heading_(std::move(heading)) {}

  const std::string& heading() const { return heading_; }

 private:
  std::string heading_;
};

/// A flag that the table does not have.
class UnknownFlag : public UsageError {
 public:
  /// `flag` without dashes.
  UnknownFlag(std::string flag, std::string hint)
      : UsageError("flag provided but not defined: -" + flag, std::move(hint)),
        flag_(std::move(flag)) {}

  const std::string& flag() const { return flag_; }

 private:
  std::string flag_;
};

/// Of every command, and of the program: in no table, since it has no value of its own.
inline constexpr Option help_option{"help", {},          {},    Option::Kind::boolean,
                                    {},     "show help", false, "h"};

struct Arguments {
  OptionValues options;
  std::vector<std::string> words;  // what is left
  bool help = false;               // -h or --help was among the options
};

/// Parses options up to the first word that is none. Values: the option's default, then its
/// variable, then the command line. `options` must outlive the result. Throws UsageError in Go's
/// words.
Arguments parse_leading_options(const std::vector<std::string>& words,
                                std::span<const Option> options);

/// The same for the words after a command: words before the first option are set aside and come
/// after what follows it, up to a
/// `--` (`rm a -y b` acts on b, a).
Arguments parse_command_words(const std::vector<std::string>& words,
                              std::span<const Option> options);

}  // namespace dmachine::cli

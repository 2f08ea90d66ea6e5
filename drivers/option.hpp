// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine {

/// One option of a driver: the only place where its flag, variable, key, default and help stand.
/// Parsing, help, man page, completions and docs are made from it.
struct Option {
  enum class Kind { text, integer, boolean, list };

  std::string_view flag;  // "google-zone", without dashes
  std::string_view env;   // "GOOGLE_ZONE", empty when there is none
  std::string_view
      key;  // of config.json's Driver object, empty when it is not stored under one key
  Kind kind = Kind::text;
  std::string_view
      default_value;  // as it would be typed; a list's elements are separated by commas
  std::string_view help;
  bool secret = false;
  std::string_view alias = {};   // a second spelling: "f" for "force"
  std::string_view group = {};   // heading in help and docs: "Network"; empty means the general one
  std::string_view values = {};  // for help and completion: "sh|fish", or FILE or FOLDER
};

/// Where a value came from, for error messages.
enum class Origin { none, default_value, environment, command_line };

/// The parsed values of one option table. Reading a flag that the table does not have, or as
/// another kind, is a fault of ours (Error{internal}).
class OptionValues {
 public:
  struct Value {
    std::vector<std::string> texts;  // one, or a list's elements
    Origin origin = Origin::default_value;
  };

  /// All defaults.
  explicit OptionValues(std::span<const Option> options);

  /// Takes a value from the command line or the environment. Throws Error{usage} in the words of
  /// Go's flag package on a bad number or boolean. A list grows, from its second value on; the
  /// first replaces the default.
  void set(std::string_view flag, std::string_view text, Origin origin);

  const std::string& text(std::string_view flag) const;
  Secret secret(std::string_view flag) const;
  std::int64_t integer(std::string_view flag) const;
  bool boolean(std::string_view flag) const;
  const std::vector<std::string>& list(std::string_view flag) const;

  /// The value as typed, whatever its kind; a list's elements.
  const std::vector<std::string>& texts(std::string_view flag) const;

  Origin origin(std::string_view flag) const;
  /// `--google-zone` or `--google-zone (from GOOGLE_ZONE)`, for messages.
  std::string name_with_origin(std::string_view flag) const;

  std::span<const Option> options() const { return options_; }

 private:
  const Option& find_option(std::string_view flag, Option::Kind kind) const;
  const Value& value(std::string_view flag, Option::Kind kind) const;

  std::span<const Option> options_;
  std::map<std::string, Value, std::less<>> values_;
};

/// The option called `flag`, or nullptr.
const Option* find_option(std::span<const Option> options, std::string_view flag);

}  // namespace dmachine

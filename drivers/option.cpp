// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/option.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine {

namespace {

OptionValues::Value default_of(const Option& option) {
  OptionValues::Value value;
  if (option.kind != Option::Kind::list) {
    value.texts.emplace_back(option.default_value);
  } else if (!option.default_value.empty()) {
    value.texts = split(option.default_value, ',');
  }
  return value;
}

/// In the words of Go's flag package, always with one dash, whatever was typed.
void check_form(const Option& option, std::string_view text) {
  if (option.kind == Option::Kind::integer && !parse_go_int(text)) {
    throw Error(Errc::usage, fmt::format("invalid value {} for flag -{}: parse error",
                                         go_quote(text), option.flag));
  }
  if (option.kind == Option::Kind::boolean && !parse_go_bool(text)) {
    throw Error(Errc::usage, fmt::format("invalid boolean value {} for -{}: parse error",
                                         go_quote(text), option.flag));
  }
}

}  // namespace

OptionValues::OptionValues(std::span<const Option> options) : options_(options) {
  for (const Option& option : options) {
    values_.emplace(option.flag, default_of(option));
  }
}

void OptionValues::set(std::string_view flag, std::string_view text, Origin origin) {
  const Option* option = dmachine::find_option(options_, flag);
  if (option == nullptr) {
    throw Error(Errc::usage, fmt::format("flag provided but not defined: -{}", flag));
  }
  check_form(*option, text);
  Value& value = values_.find(flag)->second;
  if (option->kind != Option::Kind::list || value.origin == Origin::default_value) {
    value.texts.clear();
  }
  value.texts.emplace_back(text);
  value.origin = origin;
}

const Option& OptionValues::find_option(std::string_view flag, Option::Kind kind) const {
  const Option* option = dmachine::find_option(options_, flag);
  if (option == nullptr || option->kind != kind) {
    throw Error(Errc::internal, fmt::format("no option {} of that kind", flag));
  }
  return *option;
}

const OptionValues::Value& OptionValues::value(std::string_view flag, Option::Kind kind) const {
  return values_.find(find_option(flag, kind).flag)->second;
}

const std::string& OptionValues::text(std::string_view flag) const {
  return value(flag, Option::Kind::text).texts.front();
}

Secret OptionValues::secret(std::string_view flag) const {
  return Secret(text(flag));
}

std::int64_t OptionValues::integer(std::string_view flag) const {
  return parse_go_int(value(flag, Option::Kind::integer).texts.front()).value_or(0);
}

bool OptionValues::boolean(std::string_view flag) const {
  return parse_go_bool(value(flag, Option::Kind::boolean).texts.front()).value_or(false);
}

const std::vector<std::string>& OptionValues::list(std::string_view flag) const {
  return value(flag, Option::Kind::list).texts;
}

const std::vector<std::string>& OptionValues::texts(std::string_view flag) const {
  const auto found = values_.find(flag);
  if (found == values_.end()) {
    throw Error(Errc::internal, fmt::format("no option {}", flag));
  }
  return found->second.texts;
}

Origin OptionValues::origin(std::string_view flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? Origin::none : found->second.origin;
}

std::string OptionValues::name_with_origin(std::string_view flag) const {
  const Option* option = dmachine::find_option(options_, flag);
  if (option != nullptr && origin(flag) == Origin::environment) {
    return fmt::format("--{} (from {})", flag, option->env);
  }
  return fmt::format("--{}", flag);
}

const Option* find_option(std::span<const Option> options, std::string_view flag) {
  const auto found = std::ranges::find(options, flag, &Option::flag);
  return found == options.end() ? nullptr : &*found;
}

}  // namespace dmachine

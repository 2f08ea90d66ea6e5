// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/create_options.hpp"

#include "cli/commands.hpp"
#include "cli/suggest.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::cli {

namespace {

std::string hint_for_driver(const std::optional<std::string>& given) {
  std::vector<std::string> known;
  std::vector<std::string_view> names;
  for (const DriverType* type : driver_types()) {
    known.emplace_back(type->name);
    names.push_back(type->name);
  }
  const std::string before = given ? did_you_mean(*given, names) : "give --driver;";
  return fmt::format("{}{}built in are {}", before, before.empty() ? "" : " ", join(known, ", "));
}

}  // namespace

std::optional<std::string> find_driver_name(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if ((word == "-d" || word == "--driver") && i + 1 < words.size()) {
      return words[i + 1];
    }
    if (word.rfind("-d=", 0) == 0 || word.rfind("--driver=", 0) == 0) {
      return split(word, '=')[1];
    }
  }
  return find_env("MACHINE_DRIVER");
}

const DriverType& driver_type_or_throw(const std::optional<std::string>& given) {
  const std::string name = given.value_or("virtualbox");
  if (const DriverType* type = find_driver_type(name)) {
    return *type;
  }
  throw Error(
      Errc::not_found,
      fmt::format("Driver {} not found. Do you have the plugin binary {} accessible in your PATH?",
                  go_quote(name), go_quote("docker-machine-driver-" + name)),
      hint_for_driver(given));
}

std::vector<Option> create_options_with(const DriverType* type) {
  std::vector<Option> all(create_options().begin(), create_options().end());
  if (type != nullptr) {
    all.insert(all.end(), type->options.begin(), type->options.end());
  }
  return all;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/create_options.hpp"

#include "cli/help.hpp"
#include "cli/suggest.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <filesystem>

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

std::vector<Option> options_with(std::span<const Option> own, const DriverType* type) {
  std::vector<Option> all(own.begin(), own.end());
  if (type != nullptr) {
    all.insert(all.end(), type->options.begin(), type->options.end());
  }
  return all;
}

const DriverType* parse_with_driver(Invocation& invocation) {
  const auto named = find_driver_name({invocation.argv.begin() + 1, invocation.argv.end()});
  const DriverType* type = named ? &driver_type_or_throw(named) : nullptr;
  invocation.table = options_with(invocation.command.options, type);
  try {
    invocation.arguments = parse_command_words(invocation.raw_words, invocation.table);
  } catch (const UsageError& error) {
    log::result(error.heading() + "\n" + command_help(invocation.command));
    throw explain(error, &invocation.command);
  }
  return type;
}

OptionValues driver_values(const DriverType& type, const OptionValues& parsed) {
  OptionValues values(type.options);
  for (const Option& option : type.options) {
    const Origin origin = parsed.origin(option.flag);
    if (origin == Origin::default_value || origin == Origin::none) {
      continue;
    }
    for (const auto& text : parsed.texts(option.flag)) {
      values.set(option.flag, text, origin);
    }
  }
  return values;
}

provision::EngineOptions engine_options(const OptionValues& options) {
  provision::EngineOptions engine;
  engine.arbitrary_flags = options.list("engine-opt");
  engine.env = options.list("engine-env");
  engine.insecure_registry = options.list("engine-insecure-registry");
  engine.labels = options.list("engine-label");
  engine.storage_driver = options.text("engine-storage-driver");
  engine.registry_mirror = options.list("engine-registry-mirror");
  engine.install_url = options.text("engine-install-url");
  engine.version = options.text("engine-version");
  for (const auto& path : options.list("engine-install-file")) {
    engine.install_files.push_back(std::filesystem::absolute(path));
  }
  engine.tls_verify = true;
  return engine;
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/create.hpp"

#include "cli/commands.hpp"
#include "cli/create_options.hpp"
#include "cli/examine.hpp"
#include "cli/findings.hpp"
#include "cli/help.hpp"
#include "cli/progress.hpp"
#include "cli/suggest.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

namespace dmachine::cli {

namespace {

/// Of 255 for a file's name, `.NAME.tombstone-XXXXXXXX` takes the most.
constexpr std::size_t longest_name = 230;

bool is_secret(std::string_view flag) {
  return std::ranges::any_of(driver_types(), [&](const DriverType* type) {
    const Option* option = find_option(type->options, flag);
    return option != nullptr && option->secret;
  });
}

/// For a message: what stands behind the name may be options after all, secret ones among them.
std::string without_secrets(std::span<const std::string> words) {
  std::vector<std::string> shown;
  bool is_value_of_secret = false;
  for (const auto& word : words) {
    if (is_value_of_secret) {
      shown.emplace_back("[redacted]");
      is_value_of_secret = false;
      continue;
    }
    const auto begin = std::min(word.find_first_not_of('-'), word.size());
    const auto equals = word.find('=', begin);
    const bool secret =
        begin > 0 && is_secret(std::string_view(word).substr(begin, equals - begin));
    is_value_of_secret = secret && equals == std::string::npos;
    shown.push_back(secret && !is_value_of_secret ? word.substr(0, equals + 1) + "[redacted]"
                                                  : word);
  }
  return join(shown, " ");
}

std::string machine_name(const Invocation& invocation) {
  const auto& words = invocation.words();
  if (words.size() > 1) {
    throw Error(Errc::usage, fmt::format("Invalid command line. Found extra arguments [{}]",
                                         without_secrets(std::span(words).subspan(1))));
  }
  if (words.empty() || words[0].empty()) {
    log::result(command_help(invocation.command));
    throw Error(Errc::usage, "Error: No machine name specified");
  }
  if (!machine::is_valid_name(words[0])) {
    throw Error(Errc::invalid,
                "Error creating machine: Invalid hostname specified. Allowed hostname chars are: "
                "0-9a-zA-Z . -");
  }
  if (words[0].size() > longest_name) {
    throw Error(Errc::invalid,
                fmt::format("Error creating machine: the name has {} characters, at most {} fit "
                            "into the names of its files",
                            words[0].size(), longest_name));
  }
  return words[0];
}

provision::SwarmOptions swarm_options(const OptionValues& options) {
  const std::string& discovery = options.text("swarm-discovery");
  if (!discovery.empty() && discovery.find("://") == std::string::npos) {
    throw Error(
        Errc::invalid,
        fmt::format(
            "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: {}",
            discovery));
  }
  provision::SwarmOptions swarm;
  swarm.agent = options.boolean("swarm");
  swarm.master = options.boolean("swarm-master");
  swarm.is_swarm = swarm.agent || swarm.master;
  swarm.address = options.text("swarm-addr");
  swarm.discovery = discovery;
  swarm.host = options.text("swarm-host");
  swarm.image = options.text("swarm-image");
  swarm.strategy = options.text("swarm-strategy");
  swarm.arbitrary_flags = options.list("swarm-opt");
  swarm.arbitrary_join_flags = options.list("swarm-join-opt");
  swarm.is_experimental = options.boolean("swarm-experimental");
  return swarm;
}

/// A number or boolean in a variable that cannot be read is not used, as in the reference; but who
/// set it should know.
void warn_of_bad_variables(const OptionValues& options) {
  for (const Option& option : options.options()) {
    const bool has_form =
        option.kind == Option::Kind::integer || option.kind == Option::Kind::boolean;
    if (!has_form || option.env.empty()) {
      continue;
    }
    const auto text = find_env(std::string(option.env).c_str());
    const bool good =
        !text || (option.kind == Option::Kind::integer ? parse_go_int(*text).has_value()
                                                       : parse_go_bool(*text).has_value());
    if (!good) {
      log::warn("Ignoring {}={}: not {} for --{}", option.env, go_quote(*text),
                option.kind == Option::Kind::integer ? "a whole number" : "a boolean", option.flag);
    }
  }
}

/// What a create would make, then what stands in its way.
int print_plan(const Context& ctx, const OptionValues& options, Driver& driver) {
  log::set_info_stream(log::InfoStream::err);
  std::string text;
  for (const auto& line : driver.plan()) {
    text += line + "\n";
  }
  const std::vector<Examination> all{{"checks", examine_create(ctx, options, driver)}};
  log::result(text + findings_text(all));
  return has_problem(all) ? exit_precheck : 0;
}

}  // namespace

int run_create(Invocation& invocation) {
  const DriverType* type = parse_with_driver(invocation);
  if (invocation.arguments.help) {
    log::result(command_help(invocation.command, type));
    return 0;
  }
  machine::CreateRequest request;
  request.name = machine_name(invocation);
  const std::string driver_name = invocation.options().text("driver");
  // `-driver X` is seen by the second pass alone.
  const bool is_default = invocation.options().origin("driver") == Origin::default_value;
  type = &driver_type_or_throw(is_default ? std::nullopt : std::optional(driver_name));
  request.driver_name = driver_name;
  request.engine = engine_options(invocation.options());
  request.swarm = swarm_options(invocation.options());
  request.owner_tags = !invocation.options().boolean("no-owner-tags");
  request.tls_sans = invocation.options().list("tls-san");
  request.certificates = invocation.globals.certificates;
  if (invocation.store().exists(request.name)) {
    throw Error(Errc::conflict,
                fmt::format("Docker machine {} already exists", go_quote(request.name)));
  }
  warn_of_bad_variables(invocation.options());
  request.driver = with_context("Error setting machine configuration from flags provided", [&] {
    return type->from_options({request.name, invocation.store().given_path()},
                              driver_values(*type, invocation.options()),
                              {request.swarm.master, request.swarm.host, request.swarm.discovery});
  });
  if (invocation.options().boolean("plan")) {
    return print_plan(invocation.ctx, invocation.options(), *request.driver);
  }
  const std::string name = request.name;
  {
    const Progress progress;
    machine::create(invocation.ctx, invocation.store(), std::move(request));
  }
  log::info(
      "To see how to connect your Docker Client to the Docker Engine running on this virtual "
      "machine, run: {} env {}",
      invocation.argv[0], name);
  return 0;
}

}  // namespace dmachine::cli

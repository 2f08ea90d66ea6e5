// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/man_page.hpp"

#include "cli/commands.hpp"
#include "cli/mdoc.hpp"
#include "cli/option_text.hpp"
#include "cli/version.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace dmachine::cli {

namespace {

/// As mdoc wants it: "November 3, 2026".
std::string page_date() {
  const auto epoch = parse_go_int(find_env("SOURCE_DATE_EPOCH").value_or(""));
  const std::time_t when = epoch ? static_cast<std::time_t>(*epoch) : std::time(nullptr);
  std::tm day{};
  gmtime_r(&when, &day);
  static constexpr std::array months{"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
  return fmt::format("{} {}, {}", months.at(static_cast<std::size_t>(day.tm_mon)), day.tm_mday,
                     day.tm_year + 1900);
}

/// mdoc's Fl puts one dash in front.
std::string flag_macro(std::string_view flag) {
  return fmt::format("Fl {}{}", flag.size() > 1 ? "\\-" : "", mdoc_word(flag));
}

std::string option_item(const Option& option) {
  std::string item = ".It " + flag_macro(option.flag);
  if (!option.alias.empty() && option.alias.size() < option.flag.size()) {
    item += " , " + flag_macro(option.alias);
  }
  const std::string_view value = placeholder(option);
  item += (value.empty() ? "" : fmt::format(" Ar {}", value)) + "\n";
  item += mdoc_text(sentence(option.help) +
                    (option.kind == Option::Kind::list ? "; may be given several times." : "."));
  if (!option.default_value.empty() && option.kind != Option::Kind::boolean) {
    item += mdoc_text(fmt::format("Default: {}", option.default_value));
  }
  if (!option.env.empty()) {
    item += fmt::format("Variable:\n.Ev {} .\n", option.env);
  }
  if (option.secret) {
    item += "A secret: better given by its variable, since command lines can be read by others.\n";
  }
  return item;
}

std::string option_list(std::span<const Option> options) {
  std::string text;
  for (const OptionGroup& group : group_options(options)) {
    text += group.title.empty() ? "" : ".Pp\n" + mdoc_text(fmt::format("{}:", group.title));
    text += ".Bl -tag -width Ds\n";
    for (const Option& option : group.options) {
      text += option_item(option);
    }
    text += ".El\n";
  }
  return text;
}

std::string command_section(const Command& command) {
  std::string text = fmt::format(".Ss {}\n", command.name);
  text += fmt::format(".Nm\n.Cm {}\n", command.name);
  text += command.options.empty() ? "" : ".Op Ar options\n";
  text += command.arguments.empty() ? "" : mdoc_text(command.arguments);
  text += ".Pp\n" + mdoc_text(fmt::format("{}.", command.summary));
  text += command.details.empty() ? "" : mdoc_text(command.details);
  return text + option_list(command.options);
}

constexpr std::string_view environment = R"(.Sh ENVIRONMENT
Besides the variables that stand with the options, which count when they are not empty and the option is not given:
.Bl -tag -width Ds
.It Ev MACHINE_DEBUG
A boolean that overrides
.Fl \-debug .
.It Ev DOCKER_HOST
What
.Cm active
and
.Cm ls
take for the active machine.
.It Ev SHELL
The shell that
.Cm env
writes for.
.It Ev NO_COLOR
Any value switches colour off.
.It Ev DMACHINE_HOST_KEY_CHECK
The value no switches the check of host keys off.
.El
)";

constexpr std::string_view rest = R"(.Sh FILES
.Bl -tag -width Ds
.It Pa $HOME/.docker/machine
The machine store.
.It Pa STORE/certs
The CA and the client certificate.
.It Pa STORE/machines/NAME/config.json
What is known about a machine.
.El
.Sh EXIT STATUS
.Bl -tag -width Ds
.It 0
Success; help; an unknown option of any command but
.Cm create ;
every outcome of
.Cm rm
.Fl f
with a name.
.It 1
A failure, with its cause on the standard error.
.It 3
A
.Cm create
that was refused before anything was made.
.El
.Sh EXAMPLES
A machine on Google Compute Engine, used and removed:
.Bd -literal -offset indent
dmachine create --driver google --google-project my-project m1
eval $(dmachine env m1)
docker run hello-world
dmachine rm -y m1
.Ed
.Sh SEE ALSO
.Xr docker 1 ,
.Xr ssh 1
)";

}  // namespace

std::string man_page() {
  std::string page = fmt::format(
      ".Dd {}\n.Dt DMACHINE 1\n.Os dmachine {}\n.Sh NAME\n.Nm dmachine\n"
      ".Nd create machines that run Docker, and remove them again\n"
      ".Sh SYNOPSIS\n.Nm\n.Op Ar options\n.Ar command\n.Op Ar arg ...\n"
      ".Sh DESCRIPTION\n.Nm\nmakes hosts that run the Docker Engine behind TLS, in a cloud or on a "
      "machine that is there already, and keeps what it knows about them in a store.\n"
      "Called as docker-machine it behaves the same.\n.Sh OPTIONS\n"
      "These stand before the command.\n",
      page_date(), program_version);
  page += option_list(with_help(global_options()));
  page += ".Sh COMMANDS\nEvery command has the option\n.Fl \\-help .\n";
  for (const Command& command : commands()) {
    page += command_section(command);
  }
  page += ".Sh DRIVERS\nThe options of\n.Cm create\nthat depend on the driver.\n";
  for (const DriverType* type : driver_types()) {
    page += fmt::format(".Ss {}\n", type->name) + mdoc_text(sentence(type->summary) + ".") +
            option_list(type->options);
  }
  return page + std::string(environment) + std::string(rest);
}

}  // namespace dmachine::cli

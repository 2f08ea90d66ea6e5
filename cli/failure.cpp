// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/failure.hpp"

#include "cli/terminal.hpp"
#include "core/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

namespace dmachine::cli {

namespace {

/// The reference's texts, which scripts compare whole: they stay alone off a terminal. A person is
/// told what to do.
struct KnownText {
  std::string_view part;  // of the message
  std::string_view hint;
};
constexpr std::array known_texts{
    KnownText{"no \"default\" machine exists", "name a machine; 'dmachine ls' lists them"},
    KnownText{"Error: Expected to get one or more machine names",
              "name the machines; 'dmachine ls' lists them"},
    KnownText{"Error: Expected one machine name as an argument",
              "this command takes one machine at a time"},
    KnownText{"Error: No machine name specified",
              "the name stands behind the options: dmachine create --driver DRIVER … NAME"},
    KnownText{"Invalid command line. Found extra arguments",
              "all options stand on one side of the name, and a boolean is set by --name=true"},
    KnownText{"already exists", "choose another name, or remove that machine by 'dmachine rm'"},
    KnownText{"is not running", "'dmachine start NAME' starts it, 'dmachine status NAME' tells"},
    KnownText{"No active host found", "'eval $(dmachine env NAME)' makes a machine the active one"},
    KnownText{"Error: Unknown shell", "say which one: dmachine env --shell sh NAME"},
    KnownText{"Error: Expected no machine name when the -u flag is present",
              "the variables are the same for every machine: dmachine env -u"},
    KnownText{"Unsupported filter",
              "as in --filter state=Running; there are driver, label, name, "
              "state and swarm"},
    KnownText{"Swarm Discovery URL was in the wrong format", "as in token://TOKEN"},
    KnownText{"flag needs an argument", "give its value: --option VALUE or --option=VALUE"},
    KnownText{"invalid boolean value", "true or false"},
    KnownText{"for flag -", "a whole number is expected"},
    KnownText{"Cannot use two forms of the same flag", "give one of them"},
    KnownText{"Error parsing boolean value from MACHINE_DEBUG", "true, false, or unset"},
    KnownText{"template parsing error", "as in --format '{{.Name}}'"},
};

std::string_view hint_for(const Error& error) {
  const std::string_view message = error.what();
  for (const KnownText& known : known_texts) {
    if (message.find(known.part) != std::string_view::npos) {
      return known.hint;
    }
  }
  return "";
}

}  // namespace

void print_failure(const Error& error) {
  const std::string text = error.what();
  if (!is_terminal(STDERR_FILENO)) {
    // Some of the reference's texts end with a line's end.
    const std::string_view blank = text.ends_with('\n') ? "" : " ";
    log::error(error.hint().empty() ? text : fmt::format("{}{}({})", text, blank, error.hint()));
    return;
  }
  const std::string_view hint = error.hint().empty() ? hint_for(error) : error.hint();
  log::error(hint.empty() ? text : fmt::format("{}\nHint: {}", text, hint));
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/suggest.hpp"

#include "cli/commands.hpp"
#include "core/text.hpp"
#include "drivers/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dmachine::cli {

namespace {

constexpr std::size_t most_suggestions = 3;

/// Two letters of every three must be right, roughly, and never more than three be wrong: `stat`
/// is start, `x` is nothing.
bool is_near(std::size_t distance, std::string_view word, std::string_view known) {
  return distance <= 3 && distance * 5 <= std::max(word.size(), known.size()) * 2 + 1;
}

/// Two neighbours in each other's place: `sotp`.
bool is_swap(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return a.size() == b.size() && a.end() - left >= 2 && left[0] == right[1] &&
         left[1] == right[0] && std::equal(left + 2, a.end(), right + 2);
}

std::string question(const std::vector<std::string>& found) {
  if (found.empty()) {
    return "";
  }
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < found.size(); ++i) {
    text += i == 0 ? "" : i + 1 == found.size() ? " or " : ", ";
    text += found[i];
  }
  return text + "?";
}

std::vector<std::string> nearest(std::string_view word, std::span<const std::string_view> known) {
  std::vector<std::string> found;
  std::size_t best = word.size() + 1;
  for (const std::string_view one : known) {
    const std::size_t distance = is_swap(one, word) ? 1 : edit_distance(one, word);
    if (!is_near(distance, word, one) || distance > best) {
      continue;
    }
    if (distance < best) {
      found.clear();
      best = distance;
    }
    if (found.size() < most_suggestions) {
      found.emplace_back(one);
    }
  }
  return found;
}

/// What other programs call our commands.
struct OtherName {
  std::string_view name;
  std::string_view command;
};
constexpr std::array other_names{
    OtherName{"list", "ls"},      OtherName{"ps", "ls"},
    OtherName{"remove", "rm"},    OtherName{"delete", "rm"},
    OtherName{"destroy", "rm"},   OtherName{"new", "create"},
    OtherName{"run", "create"},   OtherName{"up", "start"},
    OtherName{"halt", "stop"},    OtherName{"reboot", "restart"},
    OtherName{"shell", "ssh"},    OtherName{"cp", "scp"},
    OtherName{"show", "inspect"}, OtherName{"describe", "inspect"},
    OtherName{"info", "inspect"},
};

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  return question(nearest(word, known));
}

std::string suggest_command(std::string_view word) {
  for (const OtherName& other : other_names) {
    if (other.name == word) {
      return question({std::string(other.command)});
    }
  }
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    names.push_back(command.name);
  }
  return did_you_mean(word, names);
}

std::string suggest_option(std::string_view flag, std::span<const Option> options) {
  for (const DriverType* type : driver_types()) {
    // `--zone` means google-zone, whatever else ends so.
    if (const auto* whole = find_option(options, fmt::format("{}-{}", type->name, flag))) {
      return question({fmt::format("--{}", whole->flag)});
    }
  }
  std::vector<std::string_view> flags;
  std::vector<std::string> found;
  for (const Option& option : options) {
    flags.push_back(option.flag);
    const bool is_tail = option.flag.size() > flag.size() + 1 && flag.size() > 2 &&
                         option.flag.ends_with(flag) &&
                         option.flag[option.flag.size() - flag.size() - 1] == '-';
    if (is_tail && found.size() < most_suggestions) {
      found.push_back(fmt::format("--{}", option.flag));
    }
  }
  if (const auto misspelt = nearest(flag, flags); !misspelt.empty()) {
    found.clear();
    for (const auto& one : misspelt) {
      found.push_back((one.size() > 1 ? "--" : "-") + one);
    }
  }
  return question(found);
}

namespace {

/// Where an option that `command` lacks belongs: before the command, behind it, or to a driver.
std::string place_of(std::string_view flag, const Command* command) {
  if (command != nullptr && find_option(global_options(), flag) != nullptr) {
    return fmt::format("--{} stands before the command", flag);
  }
  for (const DriverType* type : driver_types()) {
    if (find_option(type->options, flag) == nullptr) {
      continue;
    }
    return command != nullptr && command->parsing == Parsing::with_driver
               ? fmt::format("--{} is an option of the driver {}", flag, type->name)
               : fmt::format("--{} is an option of create with the driver {}", flag, type->name);
  }
  for (const Command& other : commands()) {
    if (command == nullptr && find_option(other.options, flag) != nullptr) {
      return fmt::format("--{} stands after the command", flag);
    }
  }
  return "";
}

}  // namespace

UsageError explain(const UsageError& error, const Command* command) {
  const auto* unknown = dynamic_cast<const UnknownFlag*>(&error);
  const std::string place = unknown == nullptr ? "" : place_of(unknown->flag(), command);
  return place.empty() ? error : UsageError(error.what(), place);
}

Error no_such_command(const std::string& program, const std::string& name) {
  return Error(Errc::usage,
               fmt::format("{}: '{}' is not a {} command. See '{} --help'.", program, name, program,
                           program),
               suggest_command(name));
}

}  // namespace dmachine::cli

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/complete.hpp"

#include "cli/commands.hpp"
#include "cli/complete_value.hpp"
#include "cli/create_options.hpp"
#include "core/text.hpp"
#include "machine/tombstone.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::cli {

namespace {

/// Where a command's words may stand: only behind its options, or before them too.
enum class Words { behind_options, anywhere };

/// How the parser reads what stands before the cursor (see parse_command_words).
struct Before {
  std::vector<std::string> words;
  std::vector<std::pair<const Option*, std::string>> options;
  const Option* open = nullptr;  // the option whose value is at the cursor
  bool options_over = false;     // what comes now is no option, even with a dash
  std::size_t read = 0;          // words looked at
};

const Option* find_spelling(std::span<const Option> options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option& option) {
    return option.flag == name || (!option.alias.empty() && option.alias == name);
  });
  return found == options.end() ? nullptr : &*found;
}

Before read_before(std::span<const std::string> words, std::span<const Option> options,
                   Words where) {
  Before before;
  bool option_seen = where == Words::behind_options;
  for (; before.read < words.size(); ++before.read) {
    const std::string& word = words[before.read];
    if (before.open != nullptr) {
      before.options.emplace_back(before.open, word);
      before.open = nullptr;
    } else if (before.options_over || word.size() < 2 || word[0] != '-') {
      before.options_over = before.options_over || option_seen;
      if (where == Words::behind_options) {
        return before;
      }
      before.words.push_back(word);
    } else if (word == "--") {
      before.options_over = true;
    } else {
      option_seen = true;
      const std::string_view body = std::string_view(word).substr(word[1] == '-' ? 2 : 1);
      const auto equals = body.find('=');
      const Option* option = find_spelling(options, body.substr(0, equals));
      if (option != nullptr && equals != std::string_view::npos) {
        before.options.emplace_back(option, body.substr(equals + 1));
      } else if (option != nullptr && option->kind != Option::Kind::boolean) {
        before.open = option;
      } else if (option != nullptr) {
        before.options.emplace_back(option, "true");
      }
    }
  }
  return before;
}

bool is_given(const Before& before, const Option& option) {
  return option.kind != Option::Kind::list &&
         std::any_of(before.options.begin(), before.options.end(),
                     [&](const auto& given) { return given.first == &option; });
}

/// The long names, and the short ones while it is open which is meant.
void add_options(Completion& completion, std::span<const Option> options, const Before& before,
                 std::string_view typed) {
  const auto add = [&](const Option& option) {
    const std::string_view dashes = option.flag.size() > 1 ? "--" : "-";
    completion.candidates.push_back(
        {fmt::format("{}{}", dashes, option.flag), std::string(option.help)});
    if (option.alias.size() == 1 && typed == "-") {
      completion.candidates.push_back({fmt::format("-{}", option.alias), std::string(option.help)});
    }
  };
  for (const Option& option : options) {
    if (!is_given(before, option)) {
      add(option);
    }
  }
  add(help_option);
}

/// `--flag=VALUE` at the cursor.
Completion complete_joined(const std::string& typed, std::span<const Option> options,
                           const machine::Store& store) {
  const auto equals = typed.find('=');
  const std::string flag =
      typed.substr(typed[1] == '-' ? 2 : 1, equals - (typed[1] == '-' ? 2 : 1));
  const Option* option = find_spelling(options, flag);
  if (option == nullptr) {
    return {};
  }
  Completion completion = complete_value(*option, typed.substr(equals + 1), store);
  for (auto& candidate : completion.candidates) {
    candidate.text.insert(0, typed.substr(0, equals + 1));
  }
  return completion;
}

void add_commands(Completion& completion) {
  for (const Command& command : commands()) {
    completion.candidates.push_back({std::string(command.name), std::string(command.summary)});
  }
}

void add_machines(Completion& completion, const machine::Store& store, std::string_view ending,
                  const std::vector<std::string>& without) {
  for (const auto& name : machine_names(store)) {
    if (std::find(without.begin(), without.end(), name) == without.end()) {
      completion.candidates.push_back({fmt::format("{}{}", name, ending), "machine"});
    }
  }
}

/// What gc knows without asking a cloud: a tombstone's machine is not in the listing any more.
void add_buried(Completion& completion, const machine::Store& store,
                const std::vector<std::string>& without) {
  for (const auto& tombstone : find_tombstones(store)) {
    const auto is_it = [&](const auto& name) { return name == tombstone.name; };
    if (machine::is_valid_name(tombstone.name) && std::ranges::none_of(without, is_it) &&
        std::ranges::none_of(completion.candidates, is_it, &Completion::Candidate::text)) {
      completion.candidates.push_back({tombstone.name, "left by rm -f"});
    }
  }
}

/// What a command takes besides options is what its help says: `[name...]`, `[command]`,
/// `[machine:]path`.
void add_arguments(Completion& completion, const Command& command, const Before& before,
                   const machine::Store& store, std::string_view typed) {
  const std::string_view arguments = command.arguments;
  const bool takes_several = arguments.find("name...") != std::string_view::npos;
  if (command.parsing == Parsing::with_driver && !takes_several) {
    return;  // a new name
  }
  if (arguments.find("path") != std::string_view::npos) {
    if (typed.find(':') == std::string_view::npos) {
      add_machines(completion, store, ":", {});
      completion.files = Completion::Files::files;
    }
  } else if (takes_several) {
    add_machines(completion, store, "", before.words);
    if (command.run == run_gc) {
      add_buried(completion, store, before.words);
    }
  } else if (before.words.empty() && arguments.find("name") != std::string_view::npos) {
    add_machines(completion, store, "", {});
  } else if (before.words.empty() && arguments.find("command") != std::string_view::npos) {
    add_commands(completion);
  }
}

std::vector<Option> options_of(const Command& command, const std::vector<std::string>& words) {
  const bool with_driver = command.parsing == Parsing::with_driver;
  return options_with(command.options, with_driver
                                           ? find_driver_type(find_driver_name(words).value_or(""))
                                           : nullptr);
}

Completion complete_in(const Before& before, std::span<const Option> options,
                       const machine::Store& store, const std::string& typed,
                       const Command* command) {
  Completion completion;
  if (before.open != nullptr) {
    return complete_value(*before.open, typed, store);
  }
  if (typed.rfind('-', 0) == 0 && !before.options_over) {
    if (typed.size() > 1 && typed.find('=') != std::string::npos) {
      return complete_joined(typed, options, store);
    }
    add_options(completion, options, before, typed);
    return completion;
  }
  if (command == nullptr) {
    add_commands(completion);
  } else {
    add_arguments(completion, *command, before, store, typed);
  }
  // A command that takes no names, or has them all: what is left to give are options.
  if (typed.empty() && completion.candidates.empty() && !before.options_over &&
      completion.files == Completion::Files::none && !options.empty()) {
    add_options(completion, options, before, typed);
  }
  return completion;
}

machine::Store store_of(const Before& globals) {
  std::string path;
  for (const auto& [option, value] : globals.options) {
    path = option->flag == "storage-path" ? value : path;
  }
  path = path.empty() ? find_env("MACHINE_STORAGE_PATH").value_or("") : path;
  // A shell expands these only when it runs the line.
  for (const std::string_view start : {"~/", "$HOME/", "${HOME}/"}) {
    if (path.rfind(start, 0) == 0) {
      path = find_env("HOME").value_or("") + "/" + path.substr(start.size());
    }
  }
  return machine::Store(path.empty() ? machine::Store::default_path() : path);
}

}  // namespace

Completion complete(const std::vector<std::string>& words) {
  const std::string typed = words.empty() ? "" : words.back();
  const std::vector<std::string> typed_before(words.begin(), words.end() - (words.empty() ? 0 : 1));
  const std::span<const std::string> all = typed_before;
  const Before globals = read_before(all, global_options(), Words::behind_options);
  const machine::Store store = store_of(globals);
  Completion completion;
  if (globals.read == all.size()) {
    completion = complete_in(globals, global_options(), store, typed, nullptr);
  } else {
    const std::string& name = all[globals.read];
    const Command* command = find_command(name == "h" ? "help" : name);
    if (command == nullptr) {
      return {};
    }
    const std::vector<Option> options = options_of(*command, typed_before);
    const Before before = read_before(all.subspan(globals.read + 1), options, Words::anywhere);
    completion = complete_in(before, options, store, typed, command);
  }
  std::erase_if(completion.candidates, [&](const Completion::Candidate& candidate) {
    return candidate.text.rfind(typed, 0) != 0;
  });
  return completion;
}

std::string to_lines(const Completion& completion) {
  std::string lines;
  for (const auto& candidate : completion.candidates) {
    lines += candidate.text + "\t" + candidate.description + "\n";
  }
  if (completion.files == Completion::Files::files) {
    lines += ":files\n";
  } else if (completion.files == Completion::Files::folders) {
    lines += ":folders\n";
  }
  return lines;
}

}  // namespace dmachine::cli

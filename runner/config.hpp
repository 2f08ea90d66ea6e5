// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// gitlab-runner's config.toml, as far as it is about Docker Machine. Source: gitlab-runner's
/// common/config.go and docs/configuration/advanced-configuration.md, of 19.4.
namespace dmachine::runner {

/// A [[runners]] section. Texts are empty and numbers 0 where the file says nothing, as in the
/// runner.
struct Section {
  std::string name;      // name, else `#2` for the second one
  std::string token;     // a secret: only its short form may be shown (machine_name.hpp)
  std::string executor;  // "docker+machine"
  std::int64_t limit = 0;
  std::vector<std::string> environment;  // NAME=value, for jobs only

  bool has_machine = false;  // whether there is a [runners.machine]
  std::string machine_driver;
  std::string machine_name;                            // template with %s
  std::vector<std::string> machine_options;            // each becomes a word with -- before it
  std::vector<std::string> machine_options_with_name;  // with %s for the name
  std::int64_t idle_count = 0;
  std::int64_t idle_time = 0;  // seconds
  std::int64_t max_builds = 0;
  std::int64_t max_growth_rate = 0;
  /// Values of another type than the runner's, with which it does not start. One line each.
  std::vector<std::string> faults;
  /// Keys of [runners.machine] that the runner does not read, and tells nobody. One line each.
  std::vector<std::string> unread;
};

struct Config {
  std::int64_t concurrent = 0;
  std::vector<Section> sections;
};

/// Throws Error{invalid} `line 3, column 7: …` for what is no TOML, and for a section that is none.
Config parse_config(const std::string& text);

}  // namespace dmachine::runner

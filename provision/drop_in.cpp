// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/drop_in.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "provision/install_source.hpp"
#include "provision/option_history.hpp"
#include "provision/systemd_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::provision {
namespace {

/// One --engine-opt as words. The reference leaves the splitting to systemd, and users rely on it:
/// `log-opt max-size=10m` is a name and a value, `bip=10.0.0.1/24 --mtu=1400` two options. Other
/// blanks belong to the value.
std::vector<std::string> option_words(const std::string& option) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin <= option.size()) {
    const auto next = option.find(" -", begin);
    const auto end = std::min(next, option.size());
    std::string text = (words.empty() ? "--" : "") + option.substr(begin, end - begin);
    const auto blank = text.find(' ');
    const auto value = blank == std::string::npos ? blank : text.find_first_not_of(' ', blank);
    if (text.find('=') < blank || value == std::string::npos) {
      words.push_back(std::move(text));
    } else {
      words.push_back(text.substr(0, blank));
      words.push_back(text.substr(value));
    }
    if (next == std::string::npos) {
      break;
    }
    begin = next + 1;
  }
  return words;
}

bool is_provider(const std::string& label) {
  return label.rfind("provider=", 0) == 0;
}

void append(std::vector<std::string>& words, const std::string& flag,
            const std::vector<std::string>& values) {
  for (const auto& value : values) {
    words.push_back(flag);
    words.push_back(value);
  }
}

}  // namespace

std::vector<std::string> engine_arguments(const EngineOptions& options,
                                          std::string_view driver_name, int port,
                                          std::string_view storage_driver) {
  std::vector<std::string> words{"-H", fmt::format("tcp://0.0.0.0:{}", port), "-H",
                                 "unix:///var/run/docker.sock"};
  const std::string driver =
      options.storage_driver.empty() ? std::string(storage_driver) : options.storage_driver;
  if (!driver.empty() && driver != "none") {
    words.insert(words.end(), {"--storage-driver", driver});
  }
  words.insert(words.end(), {"--tlsverify", "--tlscacert", "/etc/docker/ca.pem", "--tlscert",
                             "/etc/docker/server.pem", "--tlskey", "/etc/docker/server-key.pem"});
  append(words, "--label", options.labels);
  // Two values for one label stop the engine: the user's own comes first.
  if (std::none_of(options.labels.begin(), options.labels.end(), is_provider)) {
    append(words, "--label", {fmt::format("provider={}", driver_name)});
  }
  append(words, "--insecure-registry", options.insecure_registry);
  append(words, "--registry-mirror", options.registry_mirror);
  for (const auto& option : options.arbitrary_flags) {
    for (auto& word : with_current_names(option_words(option))) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::string drop_in_rest(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment, EmptyEnvironment empty) {
  std::string text = " ";
  for (const auto& word : arguments) {
    if (word.find('\n') != std::string::npos) {
      throw Error(Errc::invalid,
                  fmt::format("{} cannot be given to the Docker daemon: it has more than one line",
                              go_quote(word)));
    }
    text += exec_word(word) + " ";
  }
  text += "\n";
  if (environment.empty() && empty == EmptyEnvironment::left_out) {
    return text;
  }
  text += "Environment=";
  for (const auto& assignment : environment) {
    text += environment_word(assignment) + " ";
  }
  return text + "\n";
}

void check_engine_options(const EngineOptions& options) {
  check_install_source(options);
  const auto arguments = engine_arguments(options, "", 0, "");
  static_cast<void>(drop_in_rest(arguments, options.env));
  check_known_to(arguments, options.version);
}

}  // namespace dmachine::provision

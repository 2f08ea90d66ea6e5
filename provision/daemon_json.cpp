// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/daemon_json.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dmachine::provision {
namespace {

/// Flags whose key in the file differs from their name; most are lists there.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> keys_of_flags{{
    {"-H", "hosts"},
    {"--host", "hosts"},
    {"-D", "debug"},
    {"-G", "group"},
    {"-s", "storage-driver"},
    {"-l", "log-level"},
    {"--label", "labels"},
    {"--insecure-registry", "insecure-registries"},
    {"--registry-mirror", "registry-mirrors"},
    {"--storage-opt", "storage-opts"},
    {"--log-opt", "log-opts"},
    {"--exec-opt", "exec-opts"},
    {"--dns-opt", "dns-opts"},
    {"--add-runtime", "runtimes"},
    {"--default-ulimit", "default-ulimits"},
    {"--default-address-pool", "default-address-pools"},
}};

std::string key_of(std::string_view flag) {
  for (const auto& [name, key] : keys_of_flags) {
    if (name == flag) {
      return std::string(key);
    }
  }
  return flag.substr(0, 2) == "--" ? std::string(flag.substr(2)) : std::string();
}

}  // namespace

void check_daemon_json(std::string_view daemon_json, const std::vector<std::string>& arguments) {
  const Json file = Json::parse(daemon_json, nullptr, false);
  if (!file.is_object()) {
    return;
  }
  std::vector<std::string> clashes;
  for (const auto& word : arguments) {
    const std::string flag = word.substr(0, word.find('='));
    if (flag == "--config-file") {
      return;  // the engine reads another file
    }
    const std::string key = flag.rfind('-', 0) == 0 ? key_of(flag) : "";
    const std::string clash = fmt::format("\"{}\" ({})", key, flag);
    if (!key.empty() && file.contains(key) &&
        std::find(clashes.begin(), clashes.end(), clash) == clashes.end()) {
      clashes.push_back(clash);
    }
  }
  if (clashes.empty()) {
    return;
  }
  const bool storage = clashes.front().rfind("\"storage-driver\"", 0) == 0;
  throw Error(Errc::conflict,
              fmt::format("/etc/docker/daemon.json on the host sets {}, which is also given as a "
                          "flag: the Docker daemon "
                          "does not start with both",
                          join(clashes, ", ")),
              storage ? "remove the key from the file, or give --engine-storage-driver none to "
                        "leave the choice to it"
                      : "remove the key from the file");
}

std::string live_restore_json(std::string_view daemon_json,
                              const std::vector<std::string>& arguments) {
  Json file = daemon_json.empty() ? Json::object() : Json::parse(daemon_json, nullptr, false);
  const bool decided =
      !file.is_object() || file.contains("live-restore") ||
      std::any_of(arguments.begin(), arguments.end(), [](const std::string& word) {
        return word.rfind("--live-restore", 0) == 0 || word.rfind("--config-file", 0) == 0;
      });
  if (decided) {
    return {};
  }
  file["live-restore"] = true;
  return file.dump(2) + "\n";
}

}  // namespace dmachine::provision

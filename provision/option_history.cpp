// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/option_history.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace dmachine::provision {
namespace {

/// An engine's release as a number: 1903 is 19.03, 2600 is 26.0.
using Release = int;

constexpr Release never = 0;

struct Row {
  std::string_view option;
  std::string_view value;  // the row is about values that begin so; empty: about any
  Release first;           // has it; never: before 19.03
  Release gone;            // does not have it any more; never: all since have it
  std::string_view instead;
};

// From 19.03 to 29. Sources: docker/cli, docs/deprecated.md, for what went; moby, the flags in
// cmd/dockerd (from 29 on daemon/command) and the drivers in daemon/graphdriver/register of the
// tags v19.03.15, v20.10.24, v23.0.6, v24.0.9, v25.0.6, v26.1.5, v27.5.1, v28.5.2 and
// docker-v29.7.2.
constexpr std::array<Row, 38> history{{
    {"disable-legacy-registry", "", never, 1903, "it has been the only way since: leave it out"},
    {"cluster-advertise", "", never, 2300, "classic Swarm's overlay networks went with it"},
    {"cluster-store", "", never, 2300, "classic Swarm's overlay networks went with it"},
    {"cluster-store-opt", "", never, 2300, "classic Swarm's overlay networks went with it"},
    {"label", "com.docker.", never, 2010, "this namespace is reserved"},
    {"label", "io.docker.", never, 2010, "this namespace is reserved"},
    {"label", "org.dockerproject.", never, 2010, "this namespace is reserved"},
    {"storage-driver", "aufs", never, 2400, "overlay2 does the same"},
    {"storage-driver", "overlay", never, 2400, "overlay2 does the same"},
    {"storage-opt", "overlay2.override_kernel_check", never, 2400, "leave it out"},
    {"storage-driver", "devicemapper", never, 2500, "overlay2 does the same"},
    {"storage-opt", "dm.", never, 2500, "it belongs to the storage driver devicemapper"},
    {"oom-score-adjust", "", never, 2500, "OOMScoreAdjust= of the packaged unit does the same"},
    {"log-driver", "logentries", never, 2500, "the service it was for has ended"},
    {"tls", "false", never, 2700, "TLS is always on"},
    {"tlsverify", "false", never, 2700, "TLS is always verified"},
    {"log-opt", "fluentd-async-connect", never, 2800, "fluentd-async does the same"},
    {"api-cors-header", "", never, 2800, "a proxy in front of the engine can set it"},
    {"allow-nondistributable-artifacts", "", never, 2900, "always allowed since 28: leave it out"},
    {"default-cgroupns-mode", "", 2010, never, ""},
    {"host-gateway-ip", "", 2010, never, ""},
    {"ip6tables", "", 2010, never, ""},
    {"max-download-attempts", "", 2010, never, ""},
    {"http-proxy", "", 2300, never, "--engine-env HTTP_PROXY=…"},
    {"https-proxy", "", 2300, never, "--engine-env HTTPS_PROXY=…"},
    {"no-proxy", "", 2300, never, "--engine-env NO_PROXY=…"},
    {"default-network-opt", "", 2400, never, ""},
    {"cdi-spec-dir", "", 2500, never, ""},
    {"log-format", "", 2500, never, ""},
    {"feature", "", 2700, never, "\"features\" of /etc/docker/daemon.json"},
    {"allow-direct-routing", "", 2800, never, ""},
    {"bip6", "", 2800, never, ""},
    {"ip-forward-no-drop", "", 2800, never, ""},
    {"bridge-accept-fwmark", "", 2900, never, ""},
    {"default-stop-timeout", "", 2900, never, ""},
    {"firewall-backend", "", 2900, never, ""},
    {"nri-opts", "", 2900, never, ""},
    {"storage-driver", "overlayfs", 2900, never, "overlay2"},
}};

/// `26.1.5+dfsg1` is 2601.
std::optional<Release> release_of(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* const end = version.data() + version.size();
  const auto read = std::from_chars(version.data(), end, major);
  if (read.ec != std::errc()) {
    return std::nullopt;
  }
  if (read.ptr != end && *read.ptr == '.') {
    std::from_chars(read.ptr + 1, end, minor);
  }
  return major * 100 + minor;
}

std::string name_of(Release release) {
  // Years and months until 20.10, then major and minor.
  return release < 2300 ? fmt::format("{}.{:02}", release / 100, release % 100)
                        : fmt::format("{}.{}", release / 100, release % 100);
}

/// One option of a command line.
struct Given {
  std::string_view option;  // without dashes
  std::string_view value;
};

std::vector<Given> options_in(const std::vector<std::string>& arguments) {
  std::vector<Given> found;
  for (const std::string& word : arguments) {
    const std::string_view text(word);
    if (text.substr(0, 2) == "--") {
      const auto equals = std::min(text.find('='), text.size());
      found.push_back({text.substr(2, equals - 2), text.substr(std::min(equals + 1, text.size()))});
    } else if (text == "-s") {
      found.push_back({"storage-driver", ""});
    } else if (text.substr(0, 1) == "-") {
      found.push_back({});
    } else if (!found.empty() && found.back().value.empty()) {
      found.back().value = text;
    }
  }
  return found;
}

/// Names of drivers are whole, all other values have an ending of their own.
bool is_about(const Row& row, const Given& given) {
  const bool is_driver = row.option == "storage-driver" || row.option == "log-driver";
  return row.option == given.option &&
         (row.value.empty() || (is_driver ? given.value == row.value
                                          : given.value.substr(0, row.value.size()) == row.value));
}

}  // namespace

std::vector<std::string> with_current_names(std::vector<std::string> arguments) {
  constexpr std::string_view now = "--data-root";
  for (std::string& word : arguments) {
    if (word == "--graph" || word == "-g") {
      word = now;
    } else if (word.rfind("--graph=", 0) == 0) {
      word.replace(0, std::string_view("--graph").size(), now);
    } else if (word.rfind("-g=", 0) == 0 || word.rfind("-g/", 0) == 0) {
      word = fmt::format("{}={}", now, word.substr(word[2] == '=' ? 3 : 2));
    }
  }
  return arguments;
}

std::string data_root(const std::vector<std::string>& arguments) {
  std::string folder = "/var/lib/docker";
  for (const Given& given : options_in(arguments)) {
    if (given.option == "data-root") {
      folder = given.value;
    }
  }
  return folder;
}

bool depends_on_version(const std::vector<std::string>& arguments) {
  for (const Given& given : options_in(arguments)) {
    for (const Row& row : history) {
      if (is_about(row, given)) {
        return true;
      }
    }
  }
  return false;
}

void check_known_to(const std::vector<std::string>& arguments, std::string_view version) {
  const auto release = release_of(version);
  if (!release) {
    return;
  }
  for (const Given& given : options_in(arguments)) {
    for (const Row& row : history) {
      if (!is_about(row, given)) {
        continue;
      }
      const bool too_old = *release < row.first;
      const bool too_new = row.gone != never && *release >= row.gone;
      if (too_old || too_new) {
        throw Error(Errc::invalid,
                    fmt::format("Docker {} does not take the engine option --{}{}{}: it {} {}",
                                version, row.option, row.value.empty() ? "" : " ",
                                row.value.empty() ? std::string_view() : given.value,
                                too_old ? "came with" : "went with",
                                name_of(too_old ? row.first : row.gone)),
                    std::string(row.instead));
      }
    }
  }
}

}  // namespace dmachine::provision

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/os_release.hpp"

#include <string>
#include <string_view>

namespace dmachine::provision {

/// What one look at the host shows.
struct Probe {
  OsRelease os;
  bool has_os_release = false;
  bool is_root = false;
  bool has_systemd = false;
  bool has_engine = false;     // asked for only when it matters
  std::string engine_version;  // "26.1.5+dfsg1"; empty when the engine does not tell
  std::string data_fs;         // of the engine's data, in stat's words: "ext2/ext3", "btrfs"
  std::string daemon_json;     // /etc/docker/daemon.json, empty when there is none
  bool complete = false;       // the last line came: what is missing above is not there
};

/// Whether the host is asked for its engine's version: a tenth of a second.
enum class AskEngine { no, yes };

/// The script for the host's `sh -s`. `data_root`: where the engine keeps or will keep its data.
std::string probe_script(AskEngine ask, std::string_view data_root);

/// Reads that script's output. Other lines (a login script's) are skipped.
Probe parse_probe(std::string_view output);

}  // namespace dmachine::provision

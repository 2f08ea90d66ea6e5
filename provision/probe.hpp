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
  std::string data_fs;      // of /var/lib/docker, in stat's words: "ext2/ext3", "btrfs"
  std::string daemon_json;  // /etc/docker/daemon.json, empty when there is none
  bool complete = false;    // the last line came: what is missing above is not there
};

/// Reads the output of scripts/probe.sh. Other lines (a login script's) are skipped.
Probe parse_probe(std::string_view output);

}  // namespace dmachine::provision

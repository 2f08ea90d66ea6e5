// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/os/family.hpp"
#include "provision/provision.hpp"

#include <chrono>
#include <string>

namespace dmachine::provision {

/// What an apply script is made of.
struct ApplyPlan {
  const OsFamily& family;
  const Request& request;
  const Material& material;
  std::string_view storage_driver;  // where the options name none
  std::string address;              // the machine's, for swarm
  std::string mark;  // begins the script's own lines: nothing else on the host may know it
  std::chrono::seconds lock_limit{300};
  std::chrono::seconds cloud_init_limit{300};
  std::chrono::seconds engine_limit{60};
  std::string install_folder{};  // with the user's files, on the host; empty: they are not there
  std::string daemon_json{};     // the host's, empty when there is none
  std::string root{};            // in front of the host's paths: tests only
  std::string work = "/run/dmachine";  // scratch, made and removed by the script
};

/// One POSIX shell script that brings a host to the wanted state (provision.md section 8.2), for
/// the stdin of `sh -s` as root. It holds the server's private key. Nothing runs unless all of it
/// arrived. Throws Error{invalid} for options that cannot be had.
Secret apply_script(const ApplyPlan& plan);

/// For sh as root, at each boot of a host that forgets /etc: brings back what a reboot took. Empty
/// where it takes nothing. `root` as in ApplyPlan.
std::string boot_script(const OsFamily& family, const Request& request, std::string_view root = {});

}  // namespace dmachine::provision

// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "provision/provision.hpp"

#include <string>

namespace dmachine::provision {

/// What makes a host that nobody logs in to a Docker host, beside its certificates.
struct BootFiles {
  std::string drop_in;      // of docker.service, at drop_in_path
  std::string boot_script;  // for sh: puts what lies in /var/lib/dmachine/etc into force
};

/// For Container-Optimized OS, whose image has Docker at a known place. Of the request the names,
/// the port and the engine's options count. Throws Error{invalid} for options that cannot be had
/// without a login, such as a swarm.
BootFiles boot_files(const Request& request);

}  // namespace dmachine::provision

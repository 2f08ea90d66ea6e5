// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

/// Google's Container-Optimized OS: Docker in the image, its storage driver in the image's own
/// daemon.json, a packet filter that lets nothing but SSH in, and /etc in memory.
const OsFamily container_optimized{
    .provisioner = "cos",
    .systems = "Container-Optimized OS",
    .is = [](const OsRelease& release) { return release.id == "cos"; },
    .packages = &scripts::no_packages,
    .engine_packages = "docker",
    .storage_driver = {},
    .storage_driver_on_btrfs = {},
    .firewall = Firewall::iptables,
    .etc = Etc::lost,
};

}  // namespace dmachine::provision

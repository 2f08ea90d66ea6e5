// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

const OsFamily arch{
    .provisioner = "arch",
    .systems = "Arch Linux",
    .is = [](const OsRelease& release) { return release.id == "arch"; },
    .like = "arch",
    .packages = &scripts::pacman,
    .engine_packages = "docker",
};

}  // namespace dmachine::provision

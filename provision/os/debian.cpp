// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

const OsFamily debian{
    .provisioner = "debian",
    .systems = "Debian",
    // Any version: testing has none.
    .is = [](const OsRelease& release) { return release.id == "debian"; },
    .like = "debian",
    .packages = &scripts::apt,
    .docker_ce = "debian",
    .engine_repository = &scripts::docker_ce_apt,
};

}  // namespace dmachine::provision

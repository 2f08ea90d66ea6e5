// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

// Read-only systems with Docker in the image. Their packaged units set variables that the engine
// needs (PATH, SELinux), which an empty Environment= would clear.

/// Flatcar, and CoreOS Container Linux, which it continues.
const OsFamily flatcar{
    .provisioner = "coreOS",
    .systems = "Flatcar",
    .is =
        [](const OsRelease& release) { return release.id == "flatcar" || release.id == "coreos"; },
    .like = "coreos",
    .packages = &scripts::no_packages,
    .engine_packages = "docker",
    .empty_environment = EmptyEnvironment::left_out,
};

const OsFamily fedora_coreos{
    .provisioner = "Fedora CoreOS",
    .systems = "Fedora CoreOS",
    .is =
        [](const OsRelease& release) {
          return release.id == "fedora" && release.variant_id == "coreos";
        },
    .packages = &scripts::no_packages,
    .engine_packages = "docker",
    .empty_environment = EmptyEnvironment::left_out,
};

}  // namespace dmachine::provision

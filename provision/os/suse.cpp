// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

/// openSUSE and SUSE Linux Enterprise. Their installer puts everything on btrfs.
const OsFamily suse{
    .provisioner = "SUSE",
    .systems = "openSUSE and SLES",
    .is =
        [](const OsRelease& release) {
          return release.id == "sles" || release.id == "sled" ||
                 release.id.rfind("opensuse", 0) == 0;
        },
    .like = "suse",
    .packages = &scripts::zypper,
    .engine_packages = "docker",
    .engine_repository = &scripts::suse_repository,
    .storage_driver_on_btrfs = "btrfs",
};

}  // namespace dmachine::provision

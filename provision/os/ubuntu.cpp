// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

#include <cstdlib>

namespace dmachine::provision {

const OsFamily ubuntu{
    .provisioner = "ubuntu(systemd)",
    .systems = "Ubuntu 15.04 and later",
    .is =
        [](const OsRelease& release) {
          // systemd came with 15.04. A version that is no number reads as 0.
          return release.id == "ubuntu" &&
                 std::strtod(release.version_id.c_str(), nullptr) >= 15.04;
        },
    .like = "ubuntu",
    .packages = &scripts::apt,
    .docker_ce = "ubuntu",
    .engine_repository = &scripts::docker_ce_apt,
    .announces_install = AnnouncesInstall::yes,
};

}  // namespace dmachine::provision

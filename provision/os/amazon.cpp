// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

/// Amazon Linux 2 and 2023.
const OsFamily amazon{
    .provisioner = "amzn",
    .systems = "Amazon Linux 2 and 2023",
    .is = [](const OsRelease& release) { return release.id == "amzn"; },
    .packages = &scripts::dnf,
    .engine_packages = "docker",
    .engine_repository = &scripts::amazon_repository,
};

}  // namespace dmachine::provision

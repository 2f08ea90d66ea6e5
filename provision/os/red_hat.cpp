// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/os/family.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

// Docker's install script knows four of them. The two others are rebuilds of RHEL that run the
// packages made for CentOS.

const OsFamily rhel{
    .provisioner = "redhat",
    .systems = "RHEL",
    .is = [](const OsRelease& release) { return release.id == "rhel"; },
    .packages = &scripts::dnf,
    .docker_ce = "rhel",
    .engine_repository = &scripts::docker_ce_dnf,
};

const OsFamily centos{
    .provisioner = "centos",
    .systems = "CentOS Stream",
    .is = [](const OsRelease& release) { return release.id == "centos"; },
    .packages = &scripts::dnf,
    .docker_ce = "centos",
    .engine_repository = &scripts::docker_ce_dnf,
};

const OsFamily fedora{
    .provisioner = "fedora",
    .systems = "Fedora",
    .is =
        [](const OsRelease& release) {
          return release.id == "fedora" && release.variant_id != "coreos";
        },
    .packages = &scripts::dnf,
    .docker_ce = "fedora",
    .engine_repository = &scripts::docker_ce_dnf,
};

const OsFamily rocky{
    .provisioner = "rocky",
    .systems = "Rocky Linux",
    .is = [](const OsRelease& release) { return release.id == "rocky"; },
    .packages = &scripts::dnf,
    .docker_ce = "centos",
    .engine_repository = &scripts::docker_ce_dnf,
};

namespace {

constexpr std::string_view docker_ce = "docker-ce docker-ce-cli containerd.io";

}  // namespace

const OsFamily oracle{
    .provisioner = "ol",
    .systems = "Oracle Linux",
    .is = [](const OsRelease& release) { return release.id == "ol"; },
    .packages = &scripts::dnf,
    .engine_packages = docker_ce,
    .docker_ce = "centos",
    .engine_repository = &scripts::docker_ce_dnf,
};

const OsFamily alma{
    .provisioner = "redhat",
    .systems = "AlmaLinux",
    .is = [](const OsRelease& release) { return release.id == "almalinux"; },
    .like = "rhel",  // other rebuilds
    .packages = &scripts::dnf,
    .engine_packages = docker_ce,
    .docker_ce = "centos",
    .engine_repository = &scripts::docker_ce_dnf,
};

}  // namespace dmachine::provision

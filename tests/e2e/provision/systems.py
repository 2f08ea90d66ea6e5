# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every system that dmachine knows: its os-release, and what its file layout does not allow."""

from __future__ import annotations

from dataclasses import dataclass

from tests.lab import os_release

# What would bring a package, and what a system of another family lacks.
PACKAGE_TOOLS = ("apt-get", "dnf", "yum", "zypper", "pacman", "amazon-linux-extras", "rpm-ostree")

NO_PACKAGES = "rm -f /usr/bin/apt /usr/bin/apt-get /usr/bin/dpkg"
READ_ONLY_USR = "mount --bind /usr /usr && mount -o remount,bind,ro /usr"
# Container-Optimized OS: what can be written may not be executed, all else is read-only. /etc in memory is the host's own
# setting. (/ itself is busy: what was opened before the mounts is written there.)
READ_ONLY_ROOT = (
    "mount --rbind /var /var && mount -o remount,bind,noexec /var && mount --bind /home /home && "
    "mount -o remount,bind,noexec /home && mount -t tmpfs -o noexec tmpfs /tmp && for folder in /usr /root /opt /srv /mnt; "
    "do mount --bind $folder $folder && mount -o remount,bind,ro $folder || exit; done"
)


@dataclass(frozen=True)
class System:
    os_release: str
    provisioner: str
    tool: str = ""  # the call that installs Docker from packages; empty: Docker's script, or nothing in an image system
    limits: str = ""  # shell commands that take from a host what the system does not allow
    image: bool = False  # Docker comes with the system's image


def other(provisioner: str, *release: str, tool: str = "", extra: str = "", **more) -> System:
    return System(os_release.other(*release) + extra, provisioner, tool, **more)


DOCKER_CE = "docker-ce docker-ce-cli containerd.io"
DNF = "dnf -y -q --allowerasing install "
YUM = "yum -y -q install "
RHEL_LIKE = "rhel centos fedora"
FIXED = {"limits": f"{NO_PACKAGES}; {READ_ONLY_USR}", "image": True}
ZYPPER = "zypper --non-interactive --quiet install --no-recommends -- docker"

SYSTEMS = {
    **{f"Ubuntu {version}": System(os_release.ubuntu(version), "ubuntu(systemd)") for version in os_release.UBUNTU},
    **{f"Debian {version}": System(os_release.debian(version), "debian") for version in os_release.DEBIAN},
    "RHEL 8": other("redhat", "rhel", "8.10", "Red Hat Enterprise Linux", "fedora"),
    "RHEL 9": other("redhat", "rhel", "9.4", "Red Hat Enterprise Linux", "fedora"),
    "RHEL 10": other("redhat", "rhel", "10.0", "Red Hat Enterprise Linux", "centos fedora"),
    "CentOS Stream 9": other("centos", "centos", "9", "CentOS Stream", "rhel fedora"),
    "CentOS Stream 10": other("centos", "centos", "10", "CentOS Stream", "rhel fedora"),
    "Rocky Linux 9": other("rocky", "rocky", "9.4", "Rocky Linux", RHEL_LIKE),
    "AlmaLinux 9": other("redhat", "almalinux", "9.4", "AlmaLinux", RHEL_LIKE, tool=DNF + DOCKER_CE),
    "Oracle Linux 9": other("ol", "ol", "9.4", "Oracle Linux Server", "fedora", tool=DNF + DOCKER_CE),
    "Fedora 42": other("fedora", "fedora", "42", "Fedora Linux", extra="VARIANT_ID=cloud\n"),
    "Amazon Linux 2": other("amzn", "amzn", "2", "Amazon Linux", "centos rhel fedora", tool=YUM + "docker"),
    "Amazon Linux 2023": other("amzn", "amzn", "2023", "Amazon Linux", "fedora", tool=DNF + "docker"),
    "SLES 15": other("SUSE", "sles", "15.6", "SLES", "suse", tool=ZYPPER),
    "openSUSE Leap": other("SUSE", "opensuse-leap", "15.6", "openSUSE Leap", "suse opensuse", tool=ZYPPER),
    "openSUSE Tumbleweed": other("SUSE", "opensuse-tumbleweed", "20260101", "openSUSE Tumbleweed", "opensuse suse",
                                 tool=ZYPPER),
    "Arch Linux": System('NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n', "arch",
                         "pacman -Sy --noconfirm --noprogressbar --needed docker"),
    "Flatcar": other("coreOS", "flatcar", "4081.2.0", "Flatcar Container Linux", "coreos", **FIXED),
    "CoreOS Container Linux": other("coreOS", "coreos", "2512.3.0", "Container Linux by CoreOS", **FIXED),
    "Fedora CoreOS 42": other("Fedora CoreOS", "fedora", "42", "Fedora Linux", extra="VARIANT_ID=coreos\n", **FIXED),
    "Container-Optimized OS 117": System(os_release.cos("117"), "cos", limits=f"{NO_PACKAGES}; {READ_ONLY_ROOT}", image=True),
}  # fmt: skip


def identity(system: System) -> str:
    """What of the os-release counts: `fedora 42 coreos`."""
    fields = dict(line.split("=", 1) for line in system.os_release.splitlines() if "=" in line)
    parts = (fields.get(key, "").strip('"') for key in ("ID", "VERSION_ID", "VARIANT_ID"))
    return " ".join(part for part in parts if part)


def table() -> list[str]:
    """The rows of docs/provisioning.md. That a row is true is what test_systems.py shows."""
    rows = []
    for name, system in SYSTEMS.items():
        without = "refused: it has to be in the image" if system.image else \
            f"`{system.tool}`" if system.tool else "Docker's install script"  # fmt: skip
        rows.append(f"| {name} | {identity(system)} | {system.provisioner} | engine over TLS | {without} |")
    return rows

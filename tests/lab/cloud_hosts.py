# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The machines behind a simulated cloud (the Hosts of tests/clouds/common/hosts.py), as real hosts of this world."""

from __future__ import annotations

import re

from tests.lab import network, os_release, world
from tests.lab.disk import Disk
from tests.lab.host import Host

STARTUP_UNIT = """\
[Unit]
Description=Script of the instance's metadata
After=network.target ssh.service

[Service]
Type=oneshot
ExecStart=/usr/local/lib/lab/{script}
{once}
[Install]
WantedBy=multi-user.target
"""


class CloudHosts:
    """`docker`: whether the images have Docker already; a callable may decide by the image's name."""

    def __init__(self, *, docker=True, **host_options) -> None:
        self._docker = docker if callable(docker) else lambda image: docker
        self._options = host_options

    def reserve(self) -> str:
        """An address for `boot` that stays taken until it is released."""
        return network.take_address(world.directory())

    def release(self, address: str) -> None:
        network.give_back(world.directory(), address)

    def boot(self, name: str, *, users: dict[str, list[str]], metadata: dict[str, str], image: str,
             address: str = "") -> CloudHost:
        """Returns as soon as the host boots; sshd answers about half a second later."""
        release = release_of(image)
        host = Host(
            name,
            image="docker" if self._docker(image) else "bare",
            os_release=release,
            volatile_etc=os_release.identifier(release) == "cos",
            users=users,
            prepare=lambda disk: add_scripts(disk, metadata),
            **self._options,
        )
        host.ip = address
        try:
            host.start()
        except BaseException:
            forget_address(host, address)
            host.destroy()
            raise
        return CloudHost(host, address)


def forget_address(host: Host, reserved: str) -> None:
    """A reserved address is not the host's to give back."""
    if reserved and host.ip == reserved:
        host.kill()
        host.ip = ""


class CloudHost:
    def __init__(self, host: Host, reserved: str = "") -> None:
        self.host = host
        self.ip = host.ip
        self._reserved = reserved

    def stop(self) -> None:
        self.host.stop()

    def start(self, address: str = "") -> str:
        """Clouds give another address unless one is reserved, so that nobody may rely on the old one."""
        if self.host.running:
            return self.ip
        if address:
            forget_address(self.host, self._reserved)
            self.host.ip = self._reserved = address
        self.ip = self.host.start(new_ip=not address)
        return self.ip

    def reset(self) -> None:
        self.host.reset()

    def update_keys(self, users: dict[str, list[str]]) -> None:
        self.host.update_keys(users)

    def destroy(self) -> None:
        forget_address(self.host, self._reserved)
        self.host.destroy()


def release_of(image: str) -> str:
    """/etc/os-release for an image as clouds name them: `…/ubuntu-2004-focal-v20210510`, `debian-12`,
    `…/global/images/family/cos-stable`, `ubuntu-minimal-2204-lts`. What it does not know is Ubuntu 22.04."""
    name = image.rsplit("/", 1)[-1].lower()
    if match := re.search(r"ubuntu.*?-(\d\d)\.?(04)", name):
        version = f"{match[1]}.{match[2]}"
        return os_release.ubuntu(version if version in os_release.UBUNTU else "22.04")
    if match := re.search(r"debian-(\d+)", name):
        return os_release.debian(match[1] if match[1] in os_release.DEBIAN else "12")
    if match := re.match(r"cos(?:-(?:stable|beta|dev|lts))*(?:-(\d+))?", name):
        return os_release.cos(match[1] or "117")
    if match := re.match(r"(rocky|almalinux|rhel|centos|fedora)\D*(\d+)", name):
        return os_release.other(match[1], match[2], match[1].capitalize(), "rhel fedora")
    return os_release.ubuntu()


def add_scripts(disk: Disk, metadata: dict[str, str]) -> None:
    """`startup-script` runs at every boot, `user-data` that begins with `#!` at the first only."""
    for key, once in (("startup-script", ""), ("user-data", "ConditionPathExists=!/var/lib/lab-user-data-done")):
        script = metadata.get(key, "")
        if not script.startswith("#!"):
            continue
        disk.write(f"usr/local/lib/lab/{key}", script, 0o755)
        unit = STARTUP_UNIT.format(script=key, once="ExecStartPost=touch /var/lib/lab-user-data-done\n" if once else "")
        if once:
            unit = unit.replace("[Service]", once + "\n\n[Service]")
        disk.write(f"etc/systemd/system/lab-{key}.service", unit)
        wants = disk.root / f"etc/systemd/system/multi-user.target.wants/lab-{key}.service"
        wants.parent.mkdir(parents=True, exist_ok=True)
        wants.symlink_to(f"/etc/systemd/system/lab-{key}.service")

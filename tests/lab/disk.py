# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A host's disk: an overlay over a shared root file system, and what makes it this host and no other."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from tests.lab import os_release, recipe
from tests.lab.world import run

DOCKERD = "/usr/bin/dockerd"  # where docker-ce has it; Debian's docker.io has /usr/sbin/dockerd
DOCKER_UNIT = "usr/lib/systemd/system/docker.service"


class Disk:
    """`root` is the mounted file system; it may be read and written while the host runs."""

    def __init__(self, directory: Path, lower: Path) -> None:
        self.directory = directory
        self.root = directory / "root"
        # Docker's own directories cannot lie on an overlay.
        self.binds = {"/var/lib/docker": directory / "docker", "/var/lib/containerd": directory / "containerd"}
        for path in (self.root, directory / "upper", directory / "work", *self.binds.values()):
            path.mkdir(parents=True)
        layers = f"lowerdir={lower},upperdir={directory / 'upper'},workdir={directory / 'work'}"
        run("mount", "-t", "overlay", "-o", layers, "lab", self.root)

    def remove(self) -> None:
        run("umount", self.root)
        shutil.rmtree(self.directory)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        recipe.write(self.root, path.lstrip("/"), text, mode)

    def identify(self, name: str, release: str) -> None:
        self.write("etc/hostname", f"{name}\n")
        self.write("etc/machine-id", uuid.uuid4().hex + "\n")
        self.write("etc/os-release", release)

    def set_address(self, name: str, address: str) -> None:
        """The host's own line of /etc/hosts, as Google's guest agent writes it; without it sudo complains."""
        mark = "# Added by the lab"
        hosts = self.root / "etc/hosts"
        lines = hosts.read_text().splitlines() if hosts.exists() else []
        lines = [line for line in lines if not line.endswith(mark)]
        if not lines:
            lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
        hosts.write_text("\n".join([*lines, f"{address} {name} {mark}"]) + "\n")

    def configure_sshd(self, host_keys: Sequence[str], options: Sequence[str]) -> None:
        lines = [f"HostKey /etc/ssh/ssh_host_{kind}_key" for kind in host_keys]
        self.write("etc/ssh/sshd_config.d/00-lab.conf", "\n".join([*options, *lines, ""]))
        for kind in host_keys:
            file = self.root / f"etc/ssh/ssh_host_{kind}_key"
            command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", file]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    def arrange_docker(self, release: str, enabled: bool) -> None:
        """Debian's own layout on a host that says it is Debian, docker-ce's on all others."""
        unit = self.root / DOCKER_UNIT
        if not unit.exists():
            return
        if os_release.identifier(release) != "debian":
            (self.root / DOCKERD.lstrip("/")).symlink_to("/usr/sbin/dockerd")
            unit.write_text(unit.read_text().replace("/usr/sbin/dockerd", DOCKERD))
        if not enabled:
            for pattern in ("*.wants/docker.*", "*.wants/containerd.*"):  # no exact name: glob would follow the link
                for link in (self.root / "etc/systemd/system").glob(pattern):
                    link.unlink()

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Driver generic: a fresh real host for every machine."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.lab.host import Host
from tests.lab.install_script import InstallScripts

from .site import Site


class GenericSite(Site):
    driver = "generic"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="replay-generic-")
        self.key = Path(self._folder.name) / "id_rsa"
        # The form and size that existing stores hold.
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", self.key],
                       check=True)
        self._image = "docker"
        self._scripts: InstallScripts | None = None
        self.hosts: dict[str, Host] = {}

    def without_docker(self) -> None:
        """From now on hosts have no Docker, and need an install script."""
        self._image = "bare"

    def install_script(self, name: str) -> str:
        """URL of one of the lab's scripts."""
        self._scripts = self._scripts or InstallScripts()
        return self._scripts.url(name)

    def options(self, name: str) -> list[str]:
        """Boots the host; it is up, with all its services, when this returns."""
        host = Host(name, image=self._image, users={"root": [self.key.with_suffix(".pub").read_text().strip()]})
        self.hosts[name] = host
        host.start()
        host.wait_running()
        return [f"generic-ip-address={host.ip}", f"generic-ssh-key={self.key}"]

    def close(self) -> None:
        for host in self.hosts.values():
            host.destroy()
        if self._scripts:
            self._scripts.close()
        self._folder.cleanup()

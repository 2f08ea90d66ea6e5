# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A root file system with nothing but the program, busybox and a CA bundle; the program run in it as a user it does not know."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.program import BINARY, Program
from tests.lab.images import Images

UID = 1001  # of gitlab-runner's image on ubi9-micro; there is no /etc/passwd to say so
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def shared_libraries() -> list[Path]:
    """What the program loads. None for the release's static file."""
    listed = subprocess.run(["ldd", BINARY], text=True, capture_output=True, check=False)
    words = [word for line in listed.stdout.splitlines() for word in line.split()]
    return [Path(word) for word in words if word.startswith("/") and Path(word) != BINARY]


@dataclass
class BareRoot:
    """Read-only for the program, but for the folder /store."""

    path: Path

    def build(self, bundle: Path) -> None:
        for folder in ("bin", "usr/bin", "etc/ssl/certs", "store"):
            (self.path / folder).mkdir(parents=True)
        with tarfile.open(Images.current().image_tar) as image:
            image.extract("bin/busybox", self.path)
        (self.path / "bin/sh").symlink_to("busybox")
        shutil.copy(BINARY, self.path / "usr/bin/docker-machine")
        shutil.copy(bundle, self.path / BUNDLE)
        for library in shared_libraries():
            (self.path / library.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, self.path / library.relative_to("/"))
        os.chown(self.path / "store", UID, UID)
        os.chmod(self.path / "store", 0o700)
        for folder, options in ((self.path, "ro"), (self.path / "store", "rw")):
            subprocess.run(["mount", "--bind", folder, folder], check=True)
            subprocess.run(["mount", "-o", f"remount,bind,{options}", folder], check=True)

    def remove(self) -> None:
        for folder in (self.path / "store", self.path):
            subprocess.run(["umount", "--lazy", folder], check=True)

    def hide_bundle(self) -> None:
        """As on a system without its package ca-certificates."""
        subprocess.run(["mount", "-t", "tmpfs", "none", (self.path / BUNDLE).parent], check=True)

    def put(self, content: bytes, name: str) -> str:
        """A file of the user's in /store; the path that the program sees."""
        file = self.path / "store" / name
        file.write_bytes(content)
        os.chown(file, UID, UID)
        file.chmod(0o600)
        return f"/store/{name}"


@dataclass
class BareProgram(Program):
    """The program in the root, with no variables but those given: no HOME, no PATH."""

    root: BareRoot | None = None

    def variables(self, **more: str) -> dict[str, str]:
        return self.environment | more

    def start(self, *words: str, environment: dict[str, str] | None = None, **options) -> subprocess.Popen:
        assert self.root is not None

        def enter() -> None:
            os.chroot(self.root.path)
            os.chdir("/")
            os.setgroups([])
            os.setresgid(UID, UID, UID)
            os.setresuid(UID, UID, UID)

        return subprocess.Popen([self.name, *words], executable="/usr/bin/docker-machine", preexec_fn=enter,
                                env=self.variables(**(environment or {})), text=True, **options)

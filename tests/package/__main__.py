# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""python3 -m tests.package DEB [SUITE…]: makes a minimal root file system of each Debian release, installs the package with
what it needs, and runs `on_a_fresh_root` in it. Run by root in mount and process namespaces of its own; the packages are fetched
by the machine's own apt, and nothing inside a root reaches the network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.lab import apt, images, sources

SUITES = ["bookworm", "trixie"]
INSIDE = Path(__file__).with_name("on_a_fresh_root")


def main(deb: Path, suites: list[str]) -> int:
    mirror = sources.mirror()
    for suite in suites:
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"dmachine-package-{suite}-") as folder:
            root = Path(folder) / "root"
            try:
                print(f"{suite}: a fresh root from {mirror}", flush=True)
                make_root(root, suite, mirror)
                fetch(Path(folder) / "apt", root, deb, suite, mirror)
                shutil.copy(INSIDE, root / "tmp")
                # No network inside: what an installation needs was fetched before.
                words = ["unshare", "--net", "chroot", root, "/tmp/on_a_fresh_root", f"/tmp/debs/{deb.name}"]
                if subprocess.run(words, env=apt.environment()).returncode:
                    print(f"{suite}: FAILED")
                    return 1
            finally:
                images.remove(root)
        print(f"{suite}: passed in {time.monotonic() - start:.0f} s", flush=True)
    return 0


def make_root(root: Path, suite: str, mirror: str) -> None:
    images.logged(["debootstrap", "--foreign", "--variant=minbase", f"--keyring={apt.KEYRING}", suite, root, mirror],
                  apt.environment())
    # debootstrap's own package manager settings would wait for the disk at every file.
    (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True, exist_ok=True)
    (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
    images.logged(["chroot", root, "/debootstrap/debootstrap", "--second-stage"], apt.environment())


def fetch(folder: Path, root: Path, deb: Path, suite: str, mirror: str) -> None:
    """The package and what its Depends take on top of the root, as files in /tmp/debs of the root."""
    inside = root / "tmp/debs"
    inside.mkdir()
    needed = apt.Index(folder, mirror, suite).download(root, [str(deb)])
    for file in {deb, *needed}:
        shutil.copy(file, inside)
    print(f"{suite}: the package takes {len([n for n in needed if n.name != deb.name])} others", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:] or SUITES))

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What lies beside the root file systems: the .deb files of Docker, a container image, a docker client."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path


def write_debs(file: Path, debs: list[Path]) -> None:
    with tarfile.open(file, "w") as tar:
        for deb in debs:
            tar.add(deb, deb.name)


def write_image_tar(file: Path, debs: list[Path], scratch: Path) -> None:
    """A root directory for `docker import`: busybox with a link for each of its applets."""
    unpacked = scratch / "busybox"
    for deb in debs:
        subprocess.run(["dpkg-deb", "-x", deb, unpacked], check=True)
    busybox = next(path for path in (unpacked / "usr/bin/busybox", unpacked / "bin/busybox") if path.exists())
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    with tarfile.open(file, "w") as tar:
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(busybox, "bin/busybox")
        for applet in applets:
            if applet != "busybox":
                entry = tarfile.TarInfo(f"bin/{applet}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(entry)
        passwd = b"root:x:0:0:root:/:/bin/sh\n"
        entry = tarfile.TarInfo("etc/passwd")
        entry.size = len(passwd)
        tar.addfile(entry, io.BytesIO(passwd))
    shutil.rmtree(unpacked)


def write_client(file: Path, top: Path, work: Path) -> None:
    """A `docker` that runs the client inside the `docker` root file system with that root's own libraries, so
    that it works whatever the machine's C library is, and nothing is installed on the machine."""
    root = work / "docker"
    loader = next(path for pattern in ("lib64/ld-linux-*.so.*", "lib/ld-linux-*.so.*") for path in root.glob(pattern))
    libraries = [f"{top}/docker/usr/lib/{path.name}" for path in (root / "usr/lib").glob("*-linux-gnu*")]
    file.parent.mkdir()
    file.write_text(
        "#!/bin/sh\n"
        f'exec {top / loader.relative_to(work)} --library-path {":".join(libraries)} {top}/docker/usr/bin/docker "$@"\n'
    )
    file.chmod(0o755)

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""fetch.py DOWNLOADS SOURCES [NAME…]: the sources of sources.txt, each checked against its SHA-256, unpacked and patched below SOURCES.

Looks in DOWNLOADS, then at the Debian mirror that this machine uses, Debian's own, the authors' address, and
snapshot.debian.org, which keeps what the mirrors drop when the next security update replaces it.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = "20261121T000000Z"  # a day on which every file of sources.txt was on the mirrors
TIMEOUT = 60  # s without a byte


class Source(NamedTuple):
    name: str
    sha256: str
    path: str
    upstream: str

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]


def read_sources() -> list[Source]:
    lines = (ROOT / "scripts/static/sources.txt").read_text().splitlines()
    return [Source(*line.split()) for line in lines if line and not line.startswith("#")]


def addresses(source: Source) -> list[str]:
    sys.path.insert(0, str(ROOT))
    from tests.lab.sources import DEFAULT_MIRROR, mirror

    archive, _, path = source.path.partition("/")
    quoted = urllib.parse.quote(path)
    found = [f"{re.sub('debian$', archive, base)}/{quoted}" for base in (mirror(), DEFAULT_MIRROR)]
    if archive == "debian-security":
        found.append(f"http://security.debian.org/debian-security/{quoted}")
    if source.upstream != "-":
        found.append(source.upstream)
    found.append(f"https://snapshot.debian.org/archive/{archive}/{SNAPSHOT}/{quoted}")
    return list(dict.fromkeys(found))


def download(source: Source, file: Path) -> None:
    tried = []
    for address in addresses(source):
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
                content = answer.read()
        except OSError as failure:
            tried.append(f"  {address}: {failure}")
            continue
        if (seen := hashlib.sha256(content).hexdigest()) != source.sha256:
            tried.append(f"  {address}: has the SHA-256 {seen}")
            continue
        part = file.with_suffix(".part")
        part.write_bytes(content)
        part.rename(file)
        return
    sys.exit("\n".join([f"{source.file} with the SHA-256 {source.sha256} is nowhere to be had:", *tried]))


def fetch(source: Source, downloads: Path) -> Path:
    """The file of a source. What lies in `downloads` is checked too: it may be an earlier attempt's, or another's."""
    file = downloads / source.file
    if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != source.sha256:
        print(f"  fetching {source.file}", flush=True)
        download(source, file)
    return file


def unpack(archive: Path, folder: Path) -> None:
    """The one folder that the archive holds becomes `folder`; a Debian package's root does."""
    folder.mkdir(parents=True)
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
        return
    subprocess.run(["tar", "xf", archive, "--strip-components=1", "--no-same-owner", "-C", folder], check=True)


def apply_patches(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as debian:

        def read(name: str) -> bytes:
            member = debian.extractfile(f"debian/patches/{name}")
            assert member is not None
            return member.read()

        for line in read("series").decode().splitlines():
            if name := line.partition("#")[0].strip():
                command = ["patch", "--strip=1", "--batch", "--silent", "--no-backup-if-mismatch", "-d", folder]
                subprocess.run(command, input=read(name), check=True)


def main() -> None:
    downloads, folders = Path(sys.argv[1]), Path(sys.argv[2])
    downloads.mkdir(parents=True, exist_ok=True)
    sources = {source.name: source for source in read_sources()}
    for name in sys.argv[3:] or [name for name in sources if not name.endswith(".patches")]:
        archive, patches = sources[name], sources.get(f"{name}.patches")
        stamp = folders / f"{name}.stamp"
        wanted = archive.sha256 + (patches.sha256 if patches else "") + "\n"
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        subprocess.run(["rm", "-rf", folders / name, stamp], check=True)
        unpack(fetch(archive, downloads), folders / name)
        if patches:
            apply_patches(fetch(patches, downloads), folders / name)
        stamp.write_text(wanted)


if __name__ == "__main__":
    main()

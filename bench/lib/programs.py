# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The programs that run side by side: dmachine, and whatever `--against` names."""

import dataclasses
import os
import pathlib
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ("build/release/cli/dmachine", "build/dev/cli/dmachine")


@dataclasses.dataclass
class Program:
    path: pathlib.Path
    label: str

    def argv(self, *words):
        """As gitlab-runner calls it, so that no program reports anything to anyone."""
        return [str(self.path), "--bugsnag-api-token=no-report", *words]


def find(binary, against):
    """The programs to measure, ours first. Without `binary` the newest build is taken."""
    paths = []
    if binary != "none":
        paths.append(binary or next((str(ROOT / b) for b in BUILT if (ROOT / b).exists()), None))
    paths += against
    if None in paths:
        sys.exit(f"no dmachine in {' or '.join(BUILT)}: build it, or give --binary PATH")
    if not paths:
        sys.exit("nothing to measure: give --against PATH")
    programs = []
    for path in map(pathlib.Path, paths):
        path = path.resolve()
        if not os.access(path, os.X_OK):
            sys.exit(f"{path} is not an executable file")
        programs.append(Program(path, version(path)))
    return programs


def version(path):
    done = subprocess.run(
        [str(path), "--version"], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL
    )
    words = done.stdout.split()
    # "docker-machine version 0.16.2, build bd45ab13"
    number = words[2].rstrip(",") if len(words) > 2 else "?"
    return f"{path.name} {number}{', static' if is_static(path) else ''}"


def is_static(path):
    """An ELF file that names no loader (PT_INTERP)."""
    head = path.read_bytes()[:4096]
    if head[:5] != b"\x7fELF\x02" or head[5] != 1:
        return False
    offset, size, count = struct.unpack_from("<Q", head, 0x20)[0], *struct.unpack_from("<HH", head, 0x36)
    return 3 not in (struct.unpack_from("<I", head, offset + size * i)[0] for i in range(count))

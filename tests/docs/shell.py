# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the documents' shell blocks."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.docs.blocks import blocks
from tests.e2e.program import BINARY, Program

NAMES = ("dmachine", "docker-machine")


def run_page(page: str, kind: str, home: Path, **variables: str) -> None:
    """All blocks of that kind in one bash that stops at the first line that fails: the program under both names, and an
    empty home."""
    folder = home / "bin"
    folder.mkdir()
    for name in NAMES:
        (folder / name).symlink_to(BINARY)
    environment = Program(home / "store").variables(
        HOME=str(home), PATH=f"{folder}:{variables.pop('PATH', '/usr/bin:/bin')}", SHELL="/bin/bash", **variables)
    del environment["MACHINE_STORAGE_PATH"]
    script = "set -v\n" + "\n".join(block.text for block in blocks(kind) if block.page == page)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, cwd=home, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr

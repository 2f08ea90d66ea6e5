# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Which worlds live, and clearing up after those that were killed before they could do it themselves.

Mounts, network namespaces and processes die with a world's namespaces; only control groups outlive a SIGKILL of
the process that started it. A world holds a lock on its file for as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.lab import cgroups


@contextmanager
def new_world(cache: Path) -> Iterator[str]:
    """The name of a new world, ours until the end of the block; its control groups are removed then."""
    directory = cache / "worlds"
    directory.mkdir(parents=True, exist_ok=True)
    world = f"{os.getpid()}-{secrets.token_hex(3)}"
    with ExitStack() as stack:
        with changing(cache):
            file = stack.enter_context((directory / world).open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
            sweep(cache)
            cgroups.create(world)
        try:
            yield world
        finally:
            with changing(cache):
                left = cgroups.remove(world)
                (directory / world).unlink(missing_ok=True)
            if left:
                raise RuntimeError(f"control groups of the lab still in use: {left[0]} and {len(left) - 1} more")


@contextmanager
def changing(cache: Path) -> Iterator[None]:
    """Held while worlds come and go, so that none is swept between its birth and its lock."""
    with (cache / "worlds.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def living(cache: Path) -> set[str]:
    result = set()
    for path in (cache / "worlds").glob("*"):
        try:
            with path.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            continue
        except BlockingIOError:
            result.add(path.name)
    return result


def sweep(cache: Path) -> None:
    """Removes the files and control groups of worlds that are no more."""
    known = {path.name for path in (cache / "worlds").glob("*")} | cgroups.worlds()
    for world in known - living(cache):
        cgroups.remove(world, patience_s=0)
        (cache / "worlds" / world).unlink(missing_ok=True)

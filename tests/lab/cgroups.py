# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""One control group per host, in every hierarchy of the machine.

systemd and dockerd in a host make groups of fixed names (system.slice, docker). Under one group per host they
cannot meet those of another host, and what a killed host leaves behind has one top to remove.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
TOP = "dmachine-lab"


def hierarchies() -> list[Path]:
    """Mount points: the one of version 2, or those of version 1 (hybrid: `unified` among them)."""
    if (MOUNT / "cgroup.controllers").exists():
        return [MOUNT]
    return [path for path in sorted(MOUNT.iterdir()) if not path.is_symlink() and (path / "cgroup.procs").exists()]


def create(world: str, host: str = "") -> list[Path]:
    """Makes the groups of a host (or of the world alone); gives their cgroup.procs files, for the host's first
    process to write itself into."""
    files = []
    for hierarchy in hierarchies():
        group = hierarchy
        for name in (TOP, world, host) if host else (TOP, world):
            enable_controllers(group)
            (group / name).mkdir(exist_ok=True)
            group /= name
            for setting in ("cpuset.cpus", "cpuset.mems"):  # version 1: empty in a new group, which lets nobody in
                if (group / setting).exists() and not (hierarchy / "cgroup.controllers").exists():
                    (group / setting).write_text((group.parent / setting).read_text())
        files.append(group / "cgroup.procs")
    return files


def enable_controllers(group: Path) -> None:
    """Version 2: controllers reach children only when their parent passes them on."""
    if not (group / "cgroup.controllers").exists():
        return
    for controller in (group / "cgroup.controllers").read_text().split():
        try:
            (group / "cgroup.subtree_control").write_text(f"+{controller}")
        except OSError:
            pass  # in use by a version 1 mount, or not to be had in a nested group


def remove(world: str, host: str = "", patience_s: float = 5) -> list[Path]:
    """Removes the groups of a host, or of a whole world, once their processes are gone. Gives what resisted."""
    deadline = time.monotonic() + patience_s
    while True:
        left = [path for hierarchy in hierarchies() for path in remove_tree(hierarchy / TOP / world / host)]
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    if not host:
        for hierarchy in hierarchies():
            remove_directory(hierarchy / TOP)  # stays while another world has groups in it
    return left


def remove_tree(top: Path) -> list[Path]:
    left = []
    for directory, _, _ in os.walk(top, topdown=False):
        if not remove_directory(Path(directory)):
            left.append(Path(directory))
    return left


def remove_directory(path: Path) -> bool:
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def worlds() -> set[str]:
    """The worlds that have groups, dead ones included."""
    return {path.name for hierarchy in hierarchies() for path in (hierarchy / TOP).glob("*/")}
